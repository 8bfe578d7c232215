// Runs the fault matrix with several seeds, and 10,000 messages of any form, and writes faults/results/faults.json; given the name of one
// of its files, or `messages`, that one alone, into faults/results/NAME.json.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const seeds = process.env.WINDLASS_FAULT_SEEDS ?? '5';
const only = process.argv[2] ?? '';
const name = only === '' ? 'faults' : only;
const lines = `faults/results/${name}.jsonl`;
mkdirSync('faults/results', { recursive: true });
rmSync(lines, { force: true });
const messages = 'tests/workflows/messages';
const files = only === '' ? ['tests/faults/', messages] : [only === 'messages' ? messages : `tests/faults/${only}`];
const { status } = spawnSync(
  'jest',
  ['--selectProjects', 'lab', 'workflows', '--verbose', '--testPathPatterns', ...files],
  {
    stdio: 'inherit',
    env: {
      WINDLASS_MESSAGES: '10000',
      ...process.env,
      WINDLASS_FAULT_SEEDS: seeds,
      WINDLASS_FAULT_RESULTS: lines,
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
    },
  },
);
// Nothing is noted where already the first rollout failed.
const noted = existsSync(lines) ? readFileSync(lines, 'utf8').trim().split('\n') : [];
const runs = noted.map((line) => JSON.parse(line));
writeFileSync(
  `faults/results/${name}.json`,
  `${JSON.stringify({ at: new Date().toISOString(), seeds: Number(seeds), passed: status === 0, runs }, null, 2)}\n`,
);
rmSync(lines, { force: true });
process.exitCode = status ?? 1;
