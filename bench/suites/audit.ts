import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { objectsOf } from '../audit/objects.ts';
import { median, type Row, type Suite } from '../harness.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? '5');
const OBJECTS = 10_000;
const CHILD = fileURLToPath(new URL('../audit/child.ts', import.meta.url));

interface Took {
  readonly seconds: number;
  readonly parseSeconds: number;
  readonly mebibytes: number;
  readonly faults: number;
}

/**
 * An audit of 10,000 objects in a process of its own, from the JSON of its lists to its faults. The limit of the time is to
 * read the JSON and look at nothing.
 */
export const audit: Suite = {
  name: 'audit',
  async run(say): Promise<readonly Row[]> {
    const scratch = mkdtempSync(join(tmpdir(), 'windlass-bench-audit-'));
    const file = join(scratch, 'objects.json');
    writeFileSync(file, JSON.stringify(objectsOf(OBJECTS)));
    const took: Took[] = [];
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { stdout } = await promisify(execFile)(process.execPath, [CHILD, file]);
        took.push(JSON.parse(stdout) as Took);
      }
    } finally {
      rmSync(scratch, { recursive: true });
    }
    say(`${String(took[0]?.faults)} faults in ${String(OBJECTS)} objects`);
    const rounded = (of: (one: Took) => number): number => Number(median(took.map(of)).toFixed(2));
    const limit = rounded(({ parseSeconds }) => parseSeconds);
    return [
      { name: 'audit of 10,000 objects', unit: 's', ours: rounded(({ seconds }) => seconds), rivals: {}, limit },
      { name: 'its memory', unit: 'MiB', ours: rounded(({ mebibytes }) => mebibytes), rivals: {}, limit: null },
    ];
  },
};
