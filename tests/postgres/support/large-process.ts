import { createHash } from 'node:crypto';
import type { BundleFiles } from '../../../src/domain/step-engine.ts';
import { postgresMigrate } from '../../../src/domain/kinds/postgres-migrate.ts';
import { postgresMigrateEngine } from '../../../src/postgres/migrate/migrate-engine.ts';
import { peakMebibytes } from '../../support/peak-memory.ts';
import { contextOf } from './context.ts';
import { labConnection } from './lab.ts';

// Plans and applies a file of 500 MB that is nowhere as a whole, in a process that is measured: database. Prints the
// changes of the plan, and the MiB that it held at most. The server keeps one row in a thousand, to spare the disk.
const [database = ''] = process.argv.slice(2);
const SIZE = 500 * 2 ** 20;
const HEAD = Buffer.from('CREATE TABLE l (n int, words text);\nCOPY l FROM stdin WHERE n % 1000 = 0;\n');
const FOOT = Buffer.from("\\.\nCREATE INDEX l_n ON l (n);\nINSERT INTO l VALUES (-1, 'end');\n");

async function* content(): AsyncGenerator<Buffer> {
  yield await Promise.resolve(HEAD);
  for (let written = 0, n = 0; written < SIZE;) {
    const lines: string[] = [];
    for (let line = 0; line < 1_000; line += 1, n += 1) lines.push(`${n}\t${'some words '.repeat(45)}\n`);
    const chunk = Buffer.from(lines.join(''));
    written += chunk.length;
    yield chunk;
  }
  yield FOOT;
}

const path = 'db/V1__large.sql';
const files: BundleFiles = {
  list: () => [path],
  read: () => Promise.reject(new RangeError('never read as a whole')),
  digest: () => createHash('sha256').update(path).digest('hex'),
  stream: content,
};
const spec = postgresMigrate.parse({ database, source: { directory: 'db' } });
const engine = postgresMigrateEngine(labConnection());
const planned = await engine.plan(spec, contextOf({ files }));
await engine.apply(spec, contextOf({ files }));
const mebibytes = Math.round(peakMebibytes());
process.stdout.write(JSON.stringify({ planned, mebibytes }));
