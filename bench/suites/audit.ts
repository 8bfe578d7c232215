import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { stringify } from 'yaml';
import { BUNDLING } from '../../scripts/bundling.ts';
import { objectsOf } from '../audit/objects.ts';
import { interleaved, median, type Row, type Suite } from '../harness.ts';
import { kubeScore } from '../support/rivals.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? '5');
const OBJECTS = 10_000;
const CHILD = fileURLToPath(new URL('../audit/child.ts', import.meta.url));
/** Made of it as our programs are, since nobody runs these from their sources. Beside them, where it finds its packages. */
const BUILT = fileURLToPath(new URL('../../dist/bench-audit.js', import.meta.url));

interface Took {
  readonly seconds: number;
  readonly parseSeconds: number;
  readonly mebibytes: number;
  readonly faults: number;
}

/**
 * An audit of 10,000 objects in a process of its own, from the JSON of its lists to its faults. The limit of the time is to
 * read the JSON and look at nothing. Beside it kube-score, which has some 40 checks of workloads and none of rights, over the same
 * objects: in JSON, and in YAML as people keep manifests. Both from the start of their process to its end.
 */
export const audit: Suite = {
  name: 'audit',
  async run(say): Promise<readonly Row[]> {
    const scratch = mkdtempSync(join(tmpdir(), 'windlass-bench-audit-'));
    const file = (name: string, text: string): string => {
      writeFileSync(join(scratch, name), text);
      return join(scratch, name);
    };
    const lists = objectsOf(OBJECTS);
    const objects = Object.values(lists).flat();
    const [json, documents, yaml] = [
      file('objects.json', JSON.stringify(lists)),
      file('objects-json.yaml', objects.map((object) => JSON.stringify(object)).join('\n---\n')),
      file('objects.yaml', objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n')),
    ];
    const program = kubeScore();
    await build({ ...BUNDLING, entryPoints: [CHILD], outfile: BUILT });
    const took: Took[] = [];
    const score = (path: string) => async () => {
      await Promise.resolve();
      // It ends with 1 where it finds something.
      const { status, stderr } = spawnSync(program, ['score', '--output-format', 'ci', path], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      if (status !== 1) throw new Error(`kube-score ended with ${String(status)}: ${stderr.toString().slice(-2_000)}`);
    };
    try {
      const times = await interleaved(
        {
          ours: async () => {
            const { stdout } = await promisify(execFile)(process.execPath, [BUILT, json]);
            took.push(JSON.parse(stdout) as Took);
          },
          json: score(documents),
          yaml: score(yaml),
        },
        ROUNDS,
      );
      say(`${String(took[0]?.faults)} faults in ${String(OBJECTS)} objects`);
      const rounded = (value: number): number => Number(value.toFixed(2));
      const of = (part: (one: Took) => number): number => rounded(median(took.map(part)));
      const rivals = { 'kube-score, JSON': rounded(times.json), 'kube-score, YAML': rounded(times.yaml) };
      return [
        {
          ...{ name: 'audit of 10,000 objects', unit: 's', rivals: {} },
          ...{ ours: of(({ seconds }) => seconds), limit: of(({ parseSeconds }) => parseSeconds) },
        },
        { name: 'its process, from start to end', unit: 's', ours: rounded(times.ours), rivals, limit: null },
        { name: 'its memory', unit: 'MiB', ours: of(({ mebibytes }) => mebibytes), rivals: {}, limit: null },
      ];
    } finally {
      rmSync(scratch, { recursive: true });
    }
  },
};
