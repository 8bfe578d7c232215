import { pathToFileURL } from 'node:url';
import { installed } from './installation.ts';
import { userCache } from './user-cache.ts';

/**
 * How Node.js is called to run a worker, which keeps many parked workflows for long and makes little that is new: each of its heaps
 * would otherwise set 100 MB aside for what is young. As deploy/Dockerfile calls it. `promises.js` says why it is loaded.
 */
export const WORKER_ARGUMENTS: readonly string[] = [
  '--max-semi-space-size=8',
  `--import=${pathToFileURL(installed('dist/promises.js')).href}`,
  installed('dist/worker.js'),
];

/**
 * glibc would give each thread memory of its own, and most of it would stay empty. What Node.js has compiled is kept as the command line
 * keeps it, so that a worker which is started again is there sooner. What is said otherwise stands.
 */
export function workerEnvironment(settings: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { MALLOC_ARENA_MAX: '2', NODE_COMPILE_CACHE: userCache(settings, 'compiled'), ...settings };
}
