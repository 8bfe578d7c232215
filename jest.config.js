import { existsSync } from 'node:fs';

const transform = {
  '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
};
const base = { extensionsToTreatAsEsm: ['.ts'], transform, testEnvironment: 'node', injectGlobals: false };
// No test asserts a time; this only ends a test that hangs.
const project = (displayName, testMatch, more = {}) => ({ ...base, displayName, testMatch, ...more });

/** Whoever deletes the rollouts has no use for what tests them. */
const ofRolloutsGone = existsSync(new URL('rollouts', import.meta.url)) ? [] : ['/tests/rollouts/'];

/** `unit` needs nothing, `workflows` the time-skipping server, `lab` the whole lab. See tests/README.md. */
export default {
  testTimeout: 300_000,
  // Most tests wait for servers most of the time: as many at a time as a small machine has cores would leave it idle.
  maxWorkers: 3,
  // A worker that has loaded hundreds of files spends more on collecting garbage than a fresh one takes to begin.
  workerIdleMemoryLimit: '900MB',
  testSequencer: '<rootDir>/tests/support/longest-first.js',
  projects: [
    project('unit', ['<rootDir>/tests/*/**/*.test.ts'], {
      testPathIgnorePatterns: ['/tests/(integration|faults|e2e|browser|workflows)/', ...ofRolloutsGone],
    }),
    project('workflows', ['<rootDir>/tests/workflows/**/*.test.ts'], {
      globalSetup: '<rootDir>/tests/support/workflows-setup.ts',
      globalTeardown: '<rootDir>/tests/support/workflows-teardown.ts',
    }),
    project('lab', ['<rootDir>/tests/{integration,faults,e2e,browser}/**/*.test.ts'], {
      globalSetup: '<rootDir>/tests/support/lab-setup.ts',
      globalTeardown: '<rootDir>/tests/support/lab-teardown.ts',
    }),
  ],
};
