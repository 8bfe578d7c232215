import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Which rooms a room may import from, besides itself and `domain`. What is not listed is refused. */
const ROOMS = {
  domain: [],
  store: ['objectstore/client.ts', 'bounded.ts'],
  manifests: [],
  bundle: ['store', 'manifests', 'monitoring/read/sources.ts', 'bounded.ts'],
  render: ['manifests'],
  record: ['store', 'bounded.ts'],
  report: [],
  kubernetes: ['manifests', 'clock.ts', 'installation.ts', 'bounded.ts'],
  postgres: ['clock.ts', 'user-cache.ts', 'bounded.ts'],
  objectstore: ['clock.ts', 'bounded.ts'],
  velero: ['clock.ts', 'bounded.ts'],
  http: ['clock.ts', 'installation.ts', 'bounded.ts'],
  gitops: [],
  dolphinscheduler: ['clock.ts', 'http/server-url.ts', 'http/unreachable.ts', 'bounded.ts'],
  audit: [],
  monitoring: ['clock.ts', 'http', 'bounded.ts'],
  contract: [],
  workflows: ['contract'],
  steps: [
    'kubernetes',
    'postgres',
    'objectstore',
    'velero',
    'http',
    'dolphinscheduler',
    'gitops',
    'audit',
    'monitoring',
    'bounded.ts',
  ],
  policy: ['bundle', 'bounded.ts'],
  activities: ['steps', 'policy', 'contract', 'bundle', 'record', 'http', 'clock.ts'],
  lab: ['manifests', 'objectstore/client.ts', 'user-cache.ts', 'installation.ts'],
  cli: [
    'client.ts',
    'bounded.ts',
    'bundle',
    'record',
    'store',
    'report',
    'lab',
    'renderer.ts',
    'steps',
    'audit',
    'policy',
    'config.ts',
    'record-of.ts',
    'compile-cache.ts',
    'worker-process.ts',
    'installation.ts',
    'contract',
  ],
};

const zones = Object.entries(ROOMS).map(([room, allowed]) => ({
  target: `./src/${room}`,
  from: './src',
  except: [`./${room}`, ...(room === 'domain' ? [] : ['./domain']), ...allowed.map((path) => `./${path}`)],
  message: `ARCHITECTURE.md, "Rooms": ${room} imports only itself${room === 'domain' ? '' : ', domain'}${allowed.map((path) => `, ${path}`).join('')}.`,
}));

const noTemporal = {
  group: ['@temporalio/*'],
  message: 'Only workflows, activities, the worker and the client know Temporal.',
};
const ENGINES = [
  'domain',
  'store',
  'manifests',
  'steps',
  'bundle',
  'render',
  'record',
  'report',
  'kubernetes',
  'postgres',
  'objectstore',
  'velero',
  'http',
  'audit',
  'monitoring',
  'dolphinscheduler',
  'gitops',
  'lab',
];

const namesNoRollout = {
  selector: 'Literal[value=/254carbon/i]',
  message: 'No source names a rollout: rollouts are data.',
};

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '.windlass/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js', '*.mjs', 'scripts/*.mjs'] } } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver()],
      // Without these the plugin does not look into TypeScript files.
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'import-x/no-restricted-paths': ['error', { zones }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', namesNoRollout],
    },
  },
  {
    files: ['src/{workflows,contract,domain}/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        namesNoRollout,
        ...['Program >', 'Program > ExportNamedDeclaration >'].flatMap((at) =>
          [
            "VariableDeclaration[kind='let']",
            'VariableDeclaration > VariableDeclarator > NewExpression[callee.name=/^(Map|WeakMap|WeakSet)$/][arguments.length=0]',
          ].map((state) => ({
            selector: `${at} ${state}`,
            message:
              'All workflows of a worker share the modules of this room: a module that remembers would mix them up.',
          })),
        ),
      ],
    },
  },
  {
    files: ['src/cli/**/*.ts'],
    // `Cli` makes harmless what others wrote; these are what it stands on, and what writes texts of our own alone.
    ignores: ['src/cli/{cli,run,ask,command-line,program,schema,lab,decide}.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['stdout', 'stderr'].map((property) => ({
          object: 'process',
          property,
          message: 'Write through Cli, which makes control characters of what others wrote harmless.',
        })),
      ],
    },
  },
  {
    files: ENGINES.map((room) => `src/${room}/**/*.ts`),
    rules: { 'no-restricted-imports': ['error', { patterns: [noTemporal] }] },
  },
  {
    files: ['src/workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', '@temporalio/*', '!@temporalio/workflow', '!@temporalio/common'],
              message: 'Workflow code is pure: it imports @temporalio/workflow, domain, and the types of activities.',
            },
            {
              group: [
                '**/domain/kinds/*',
                '**/domain/step.ts',
                '**/domain/shape.ts',
                '**/domain/rollout.ts',
                '**/domain/environment.ts',
                '**/domain/bundle.ts',
              ],
              allowTypeImports: true,
              message: 'Schemas stay out of the workflow bundle.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['tests/**/*.ts', 'bench/**/*.ts', 'faults/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'import-x/no-restricted-paths': 'off',
    },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
);
