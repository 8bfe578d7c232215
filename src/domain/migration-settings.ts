import type { Naming } from './migration-naming.ts';

/**
 * The file in which a tool keeps what it is told of one migration: `metadata.toml` in a folder of Diesel, `V1__x.sql.conf` beside
 * a file of Flyway. Null where the naming has none.
 */
export function settingsFileOf(naming: Naming, path: string): string | null {
  if (naming === 'diesel') return path.replace(/[^/]*$/, 'metadata.toml');
  return naming === 'flyway' ? `${path}.conf` : null;
}

/** What such a file says. */
export interface MigrationSettings {
  /** Whether the migration runs without a transaction. */
  readonly noTransaction: boolean;
  /** What it says that nobody would heed, with the line, from 1. */
  readonly problems: readonly { readonly line: number; readonly why: string }[];
}

const LINE = /^\s*(?:flyway\.)?([\w.-]+)\s*=\s*(.*?)\s*(?:[#;].*)?$/;
const IN_TRANSACTION = ['run_in_transaction', 'executeintransaction'];

/** Reads the settings of one migration: whether it runs in a transaction is heeded, and nothing else is there to be. */
export function migrationSettings(text: string): MigrationSettings {
  let noTransaction = false;
  const problems: { line: number; why: string }[] = [];
  for (const [index, written] of text.split('\n').entries()) {
    const [, name, value = ''] = LINE.exec(written) ?? [];
    if (/^\s*(?:[#;!].*)?$/.test(written)) continue;
    const wrong = (why: string): void => void problems.push({ line: index + 1, why });
    if (name === undefined) wrong('is no setting that anybody reads');
    else if (IN_TRANSACTION.includes(name.toLowerCase())) {
      if (/^(?:true|false)$/i.test(value)) noTransaction = value.toLowerCase() === 'false';
      else wrong(`"${name}" must be true or false`);
    } else if (!(name === 'encoding' && /^utf-?8$/i.test(value)))
      wrong(
        `"${name}" is not heeded: a migration runs as its file says; take the setting out, or write it into the SQL`,
      );
  }
  return { noTransaction, problems };
}
