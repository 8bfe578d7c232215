import { parseMigrationName } from '../../domain/migration-name.ts';
import type { Problem } from '../problem.ts';

/** Problems of the names of the `.sql` files of one migration directory, which come sorted. */
export function migrationNameProblems(paths: readonly string[]): readonly Problem[] {
  const byVersion = new Map<string, string>();
  return paths.flatMap((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const at = (message: string): readonly Problem[] => [{ file: path, line: 1, column: 1, message }];
    const parsed = parseMigrationName(name);
    if (parsed === null)
      return at('the name must be V<version>__, R__ or U<version>__<description>.sql, as in V1.2__add_index.sql');
    const key = `${parsed.kind} ${parsed.version}`;
    const other = byVersion.get(key);
    if (other !== undefined) return at(`version ${parsed.version} is that of ${other} too`);
    byVersion.set(key, name);
    return [];
  });
}

/** `PASSWORD 'literal'`, as CREATE ROLE and ALTER ROLE take it. */
const PASSWORD = /\bPASSWORD\s+'[^']/gi;

/** Passwords written into a migration. Never repeats them. */
export function writtenPasswords(path: string, sql: string): readonly Problem[] {
  return [...sql.matchAll(PASSWORD)].map(({ index }) => {
    const before = sql.slice(0, index).split('\n');
    return {
      file: path,
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
      message:
        'a password is written down: secret values never enter a bundle; make roles with postgres.provision and { secret: NAME }',
    };
  });
}
