import type { NamedFiles } from '../../domain/migration-naming.ts';
import type { Problem } from '../problem.ts';

/** Problems of the names of the `.sql` files of one migration directory. */
export function migrationNameProblems({ problems }: NamedFiles): readonly Problem[] {
  return problems.map(({ path, why }) => ({ file: path, line: 1, column: 1, message: why }));
}

/** What is said of a directory whose files are named as another tool names them; null where they are Windlass's own. */
export function namingNote({ naming, passedOver }: NamedFiles): string | null {
  const [first, ...others] = passedOver;
  if (naming === 'flyway' && first === undefined) return null;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  const passed = first === undefined ? '' : `; not among them, and not run: ${first}${more}`;
  return `the migrations are named as by ${naming}, and run in that order${passed}`;
}

/** `PASSWORD 'literal'`, as CREATE ROLE and ALTER ROLE take it. */
const PASSWORD = /\bPASSWORD\s+'[^']/gi;

/** Passwords written into a migration. Never repeats them. */
export function writtenPasswords(path: string, sql: string): readonly Problem[] {
  let line = 1;
  let begins = 0;
  return [...sql.matchAll(PASSWORD)].map(({ index }) => {
    for (let end = sql.indexOf('\n', begins); end >= 0 && end < index; end = sql.indexOf('\n', begins)) {
      line += 1;
      begins = end + 1;
    }
    return {
      file: path,
      line,
      column: index - begins + 1,
      message:
        'a password is written down: secret values never enter a bundle; make roles with postgres.provision and { secret: NAME }',
    };
  });
}
