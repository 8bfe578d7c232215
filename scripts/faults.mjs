// Runs the fault matrix with several seeds and writes faults/results/faults.json.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const seeds = process.env.WINDLASS_FAULT_SEEDS ?? '5';
const lines = 'faults/results/faults.jsonl';
mkdirSync('faults/results', { recursive: true });
rmSync(lines, { force: true });
const { status } = spawnSync('jest', ['--selectProjects', 'lab', '--verbose', 'tests/faults'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    WINDLASS_FAULT_SEEDS: seeds,
    WINDLASS_FAULT_RESULTS: lines,
    NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
  },
});
const runs = readFileSync(lines, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
writeFileSync(
  'faults/results/faults.json',
  `${JSON.stringify({ at: new Date().toISOString(), seeds: Number(seeds), passed: status === 0, runs }, null, 2)}\n`,
);
rmSync(lines);
process.exitCode = status ?? 1;
