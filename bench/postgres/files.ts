import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { BundleFiles, EngineContext } from '../../src/domain/step-engine.ts';
import { postgresMigrate, type PostgresMigrateSpec } from '../../src/domain/kinds/postgres-migrate.ts';

/**
 * The step that runs the files of `contextOf`. Their directory bears the name of the database, so that the engine does not
 * know them from an earlier round: a worker meets a file once, too.
 */
export function specOf(database: string): PostgresMigrateSpec {
  return postgresMigrate.parse({ database, source: { directory: database } });
}

const digests = new Map<string, string>();

/** Files of a directory as those of a bundle, whose digests are known beforehand. */
function filesIn(directory: string): BundleFiles {
  const real = (path: string): string => path.replace(/^[^/]+/, directory);
  const digest = (path: string): string => {
    const known = digests.get(real(path));
    if (known !== undefined) return known;
    const found = createHash('sha256')
      .update(readFileSync(real(path)))
      .digest('hex');
    digests.set(real(path), found);
    return found;
  };
  return {
    list: (path) =>
      readdirSync(directory)
        .filter((name) => name.endsWith('.sql'))
        .sort()
        .map((name) => `${path}/${name}`),
    read: (path) => readFile(real(path), 'utf8'),
    digest,
    stream: (path) => createReadStream(real(path)) as AsyncIterable<Buffer>,
  };
}

export function contextOf(directory: string): EngineContext {
  return {
    files: filesIn(directory),
    signal: new AbortController().signal,
    progress: () => undefined,
    resolve: () => Promise.reject(new Error('no secrets here')),
    owner: { rollout: 'bench', environment: 'bench', bundle: '', run: 'bench', phase: 'bench', step: 'bench' },
  };
}
