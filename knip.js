// What nobody uses is an error of `make lint`: files, exports, dependencies. It runs twice: over everything, and over the
// product alone (what ends in `!`), where what only tests use counts as unused unless it is marked `@internal`.
export default {
  entry: [
    'src/cli/main.ts!',
    'src/worker.ts!',
    'src/client-main.ts!',
    'src/lab/pod-inputs/main.ts!',
    'src/lab/ingress/main.ts!',
    'src/lab/rules/main.ts!',
    // Temporal loads it by its path, into workflows too.
    'src/contract/payload-converter.ts!',
    'src/workflows/interceptors.ts!',
    // Threads and processes of their own, started by their path.
    'src/http/load/thread.ts!',
    'src/promises.ts!',
    'bench/load/{child,server}.ts!',
    // The lab serves the command line, tests and benchmarks alike.
    'src/lab/index.ts!',
    // A server of the lab, started by its path.
    'src/lab/dolphinscheduler/main.ts!',
    'bench/run.ts!',
    'bench/charts/run.ts!',
    'bench/histories.ts!',
    'bench/charts/{run,try-chart}.ts!',
    'bench/suites/*.ts!',
    'bench/postgres/child.ts!',
    'bench/audit/child.ts!',
    'bench/kubernetes/children/*.ts!',
    'scripts/*.{ts,mjs}!',
    'rollouts/*/boards/write.ts!',
    // Programs that tests start, and examples.
    'tests/**/*.test.ts',
    'examples/**/*.ts',
  ],
  project: [
    'src/**/*.ts!',
    'bench/**/*.ts!',
    'scripts/*.{ts,mjs}!',
    'rollouts/**/*.ts!',
    'tests/**/*.{ts,js}',
    'examples/**/*.ts',
  ],
  // docs/decisions/0004-dependencies.md says what they are for; nothing imports them.
  ignoreDependencies: ['protobufjs', '@secretlint/secretlint-rule-preset-recommend'],
  // A schema is used by its descriptor, in the same file; tests make specs by it.
  ignoreIssues: { 'src/domain/kinds/*.ts': ['exports'] },
  // Programs of the machine.
  ignoreBinaries: ['umount', 'diff', 'go', 'ldd', 'mkfifo', 'psql', 'ssh-keygen'],
};
