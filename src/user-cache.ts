import { homedir } from 'node:os';
import { join } from 'node:path';

/** A directory of Windlass in the cache of this user: https://specifications.freedesktop.org/basedir-spec/latest/ */
export function userCache(env: NodeJS.ProcessEnv, name: 'tools' | 'artifacts' | 'compiled'): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'windlass', name);
}
