import { fileURLToPath } from 'node:url';
import type { BundleOptions } from '@temporalio/worker';
import type { BuildOptions } from 'esbuild';

const root = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const workflowsPath = root('src/workflows/index.ts');

/**
 * What the workflows are bundled of. They are pure, so their modules are opened once for all workflows of a worker, and frozen: by
 * itself each workflow would hold the schemas of all messages, 0.8 MiB, and open them again each time that it is replayed.
 */
export const WORKFLOWS = {
  workflowsPath,
  payloadConverterPath: root('src/contract/payload-converter.ts'),
  workflowInterceptorModules: [root('src/workflows/interceptors.ts')],
  preloadModules: [workflowsPath],
} satisfies BundleOptions;

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
