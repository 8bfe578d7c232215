import { kind } from './kind.ts';

/** One thing that a server has, or is not to have. */
export type DatabaseThing =
  | { readonly type: 'role'; readonly role: string }
  | { readonly type: 'membership'; readonly role: string; readonly group: string }
  | { readonly type: 'settings'; readonly on: 'role' | 'database'; readonly name: string }
  | { readonly type: 'database'; readonly database: string }
  | { readonly type: 'no-database'; readonly database: string }
  | { readonly type: 'extension'; readonly extension: string; readonly database: string }
  | { readonly type: 'schema'; readonly database: string; readonly schema: string }
  | { readonly type: 'grant'; readonly role: string; readonly database: string; readonly on: 'database' }
  | {
      readonly type: 'grant';
      readonly role: string;
      readonly database: string;
      readonly on: 'schema' | 'tables' | 'sequences' | 'functions';
      readonly schema: string;
    };

/** As changes and evidence name it: `role lakefs`, `grant to api on tables of shop.public`. */
export function databaseThing(thing: DatabaseThing): string {
  switch (thing.type) {
    case 'role':
      return `role ${thing.role}`;
    case 'membership':
      return `membership of ${thing.role} in ${thing.group}`;
    case 'settings':
      return `settings of ${thing.on} ${thing.name}`;
    case 'database':
    case 'no-database':
      return `database ${thing.database}`;
    case 'extension':
      return `extension ${thing.extension} of database ${thing.database}`;
    case 'schema':
      return `schema ${thing.database}.${thing.schema}`;
    case 'grant': {
      const { role, database } = thing;
      if (thing.on === 'database') return `grant to ${role} on database ${database}`;
      return `grant to ${role} on ${thing.on === 'schema' ? 'schema' : `${thing.on} of`} ${database}.${thing.schema}`;
    }
  }
}

/** Something in one database. */
interface InDatabase {
  readonly database: string;
}

function subject({ database }: InDatabase): string {
  return `database ${database}`;
}

/** What the engines of PostgreSQL claim. */
export const POSTGRES = {
  provisioned: kind<
    { readonly thing: DatabaseThing },
    {
      /** Whether this user may not see if it is needed. */
      readonly blind: boolean;
      /** What would have to be done; absent where nothing. */
      readonly action?: string;
      readonly detail?: readonly string[];
    }
  >({
    subject: ({ thing }) => databaseThing(thing),
    claim: (_about, { blind }) => (blind ? 'is as declared, as far as this user may see' : 'is as declared'),
  }),

  'migrations-applied': kind<
    InDatabase & { readonly directory: string | null; readonly to: string | null },
    { readonly applied: number; readonly pending: readonly string[] }
  >({
    subject,
    claim: ({ directory, to }, { applied, pending }) => {
      const [where, upTo] = [directory ?? 'the artifacts', to === null ? '' : ` up to version ${to}`];
      return applied + pending.length === 0
        ? `${where} has no migration${upTo}`
        : `every migration of ${where}${upTo} is in the ledger`;
    },
  }),

  /** A file that takes the place of the real one. */
  'migration-stand-in': kind<{ readonly file: string; readonly why: string }, null>({
    subject: ({ file }) => `migration ${file}`,
    claim: ({ why }) => `is a stand-in: ${why}`,
  }),

  tables: kind<InDatabase & { readonly like: string; readonly count: number }, { readonly count: number }>({
    subject,
    claim: ({ like, count }) => `${count} ${count === 1 ? 'table' : 'tables'} like ${like}`,
  }),

  column: kind<
    InDatabase & { readonly table: string; readonly column: string; readonly type: string | null },
    { readonly type: string | null }
  >({
    subject,
    claim: ({ table, column, type }) => `column ${column} of ${table}${type === null ? ' exists' : ` is ${type}`}`,
  }),

  function: kind<InDatabase & { readonly name: string }, { readonly count: number }>({
    subject,
    claim: ({ name }) => `function ${name} exists`,
  }),

  query: kind<
    InDatabase & { readonly query: string; readonly equals: string | number | boolean },
    { readonly gave: string } | { readonly failed: string }
  >({
    subject,
    claim: ({ query, equals }) => `${query} gives ${JSON.stringify(equals)}`,
  }),

  'catalog-unchanged': kind<
    InDatabase,
    | { readonly kept: null }
    | { readonly fingerprint: string; readonly difference: readonly string[]; readonly more: number }
  >({
    subject,
    claim: () => 'the catalog is as the last migration left it',
  }),
};
