// `child.ts FILE`: reads the lists of a cluster as JSON and audits them; prints the seconds and the most memory that it took.
import { readFileSync } from 'node:fs';
import { judge } from '../../src/audit/audit-engine.ts';
import type { ClusterFacts } from '../../src/domain/audit.ts';
import { parseJson } from '../../src/domain/json.ts';
import { audit } from '../../src/domain/kinds/audit.ts';
import { peakMebibytes } from '../../tests/support/peak-memory.ts';

const [file = ''] = process.argv.slice(2);
const began = performance.now();
const objects = parseJson(readFileSync(file, 'utf8')) as unknown as ClusterFacts['objects'];
const parsed = performance.now();
const cluster: ClusterFacts = { objects, unread: {}, self: { unseen: 'is not asked' } };
const { checks } = judge(audit.parse({}), { cluster, databases: [], buckets: [], logins: [] }, Date.now());
const ended = performance.now();
const faults = checks.reduce((sum, { open }) => sum + open.length, 0);
console.log(
  JSON.stringify({
    ...{ seconds: (ended - began) / 1_000, parseSeconds: (parsed - began) / 1_000 },
    ...{ mebibytes: peakMebibytes(), faults },
  }),
);
