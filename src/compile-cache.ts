import { enableCompileCache } from 'node:module';
import { userCache } from './user-cache.ts';

/**
 * Lets Node.js keep what it compiles from now on in the cache of this user, and not in a directory for temporary files,
 * where others may write. A cache that cannot be written costs time, and is no failure.
 */
export function cacheCompiled(): void {
  enableCompileCache(userCache(process.env, 'compiled'));
}
