import type { BuildOptions } from 'esbuild';

/** How a program of ours becomes a file that Node.js runs; what it is called and where it goes is the caller's. */
export const BUNDLING: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  sourcemap: 'linked',
  sourcesContent: false,
  // A class or function that shares its name with another is renamed otherwise, and some are known by their name.
  keepNames: true,
  // Those with native or WebAssembly parts of their own, and what must be there once for them and for us.
  external: ['@temporalio/*', 'libpg-query', 'pg-native'],
  // CommonJS packages ask for Node.js' own modules by `require`, which ES modules do not have.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  logLevel: 'warning',
};
