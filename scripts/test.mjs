// Runs Jest over all projects and closes with the line that CI reads: `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directory = mkdtempSync(join(tmpdir(), 'windlass-test-'));
const results = join(directory, 'results.json');
// A process that a failed test left behind must not keep the run from ending with its line.
const jest = spawnSync('jest', ['--json', '--forceExit', `--outputFile=${results}`, ...process.argv.slice(2)], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' },
});
let failed = jest.status !== 0;
try {
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, numRuntimeErrorTestSuites } =
    JSON.parse(readFileSync(results, 'utf8'));
  // A suite that could not even be loaded counts as one failure, or it would vanish from the line.
  const failures = numFailedTests + numRuntimeErrorTestSuites;
  failed ||= failures > 0 || numFailedTestSuites > 0 || numPassedTests === 0;
  // Why, the output above says.
  if (numPendingTests > 0) console.log(`${numPendingTests} skipped`);
  console.log(`${numPassedTests} passed, ${failures} failed`);
} catch {
  failed = true;
  console.log('0 passed, 1 failed');
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
