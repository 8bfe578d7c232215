// Circles between files, types included: ESLint's `import-x/no-cycle` and knip pass over imports of types.
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment:
        'Files that import each other are one idea, or share a third: move the type or function to where it belongs.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circles-of-folders',
      comment: 'An arrow that runs upwards: of two folders one stands on the other.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/' },
      to: { circular: true },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)/' },
  },
};
