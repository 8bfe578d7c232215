import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { labDirectory, labReset, labStatus, labUp } from '../../src/lab/index.ts';
import { median, seconds, type Row, type Suite } from '../harness.ts';

const ROUNDS = 3;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a user waits for: the lab, the demo, and what the lab takes of the machine. Warm: tools and build are there. */
export const lab: Suite = {
  name: 'lab',
  async run(say): Promise<readonly Row[]> {
    const dir = join(dirname(labDirectory()), 'bench-lab');
    const work = mkdtempSync(join(ROOT, '.bench-'));
    const [ups, demos, agains, memory]: [number[], number[], number[], number[]] = [[], [], [], []];
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        await labReset(dir);
        ups.push(await seconds(() => up(dir)));
        await labReset(dir);
        demos.push(await seconds(() => demo(dir, work)));
        memory.push((await labStatus(dir)).residentBytes / 2 ** 20);
        agains.push(await seconds(() => demo(dir, work)));
        say(`round ${round} of ${ROUNDS}`);
      }
    } finally {
      await labReset(dir);
      rmSync(work, { recursive: true, force: true });
    }
    const row = (name: string, unit: Row['unit'], values: number[]): Row => ({
      name,
      unit,
      ours: Number(median(values).toFixed(2)),
      rivals: {},
      limit: null,
    });
    return [
      row('lab-up', 's', ups),
      row('demo', 's', demos),
      row('demo-again', 's', agains),
      row('lab-memory', 'MiB', memory),
    ];
  },
};

async function up(dir: string): Promise<void> {
  await labUp({ dir });
}

async function demo(dir: string, cwd: string): Promise<void> {
  const { status, stderr } = spawnSync(join(ROOT, 'bin/windlass'), ['demo', join(ROOT, 'rollouts/254carbon')], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, WINDLASS_LAB_DIR: dir },
  });
  if (status !== 0) throw new Error(`the demo ended with ${String(status)}:\n${stderr}`);
  return Promise.resolve();
}
