import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from 'pg';
import type { Change } from '../../src/domain/change.ts';
import { postgresMigrate } from '../../src/domain/kinds/postgres-migrate.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { Chain, randomOf, seedSql } from '../postgres/support/chains.ts';
import { contextOf } from '../postgres/support/context.ts';
import {
  connect,
  dropAll,
  freshDatabase,
  labConnection,
  rowsOf,
  uniqueName,
  willDrop,
} from '../postgres/support/lab.ts';

/** Chains of each kind: a few here, `WINDLASS_CHAINS=2000` for all. */
const CHAINS = Number(process.env.WINDLASS_CHAINS ?? 24);
const SEED = Number(process.env.WINDLASS_CHAINS_SEED ?? 1);

interface Table extends Record<string, unknown> {
  readonly oid: string;
  readonly name: string;
  readonly node: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly parents: readonly string[];
}

const TABLES = `
  SELECT c.oid::text AS oid, format('%I.%I', n.nspname, c.relname) AS name, c.relfilenode::text AS node,
         (SELECT jsonb_object_agg(attnum, attname) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
         ARRAY(SELECT inhparent::text FROM pg_inherits WHERE inhrelid = c.oid) AS parents
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

const engine = postgresMigrateEngine(labConnection());
let client: Client;
let database: string;
let role: string;
let base: ReadonlyMap<string, Table>;
let counts: ReadonlyMap<string, number>;

beforeAll(async () => {
  database = await freshDatabase();
  role = willDrop('ROLE', uniqueName('chains'));
  await rowsOf('postgres', `CREATE ROLE ${role}`);
  client = await connect(database);
  await client.query(seedSql(role));
  base = await tables();
  counts = await counted([...base.values()]);
});

afterAll(async () => {
  await client.query(`DROP OWNED BY ${role} CASCADE`);
  await client.end();
  await dropAll();
});

async function tables(): Promise<ReadonlyMap<string, Table>> {
  const { rows } = await client.query<Table>(TABLES);
  return new Map(rows.map((row) => [row.oid, row]));
}

/** Rows, and values that are not NULL, of each table. */
async function counted(of: readonly Table[]): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const { oid, name } of of) {
    const { rows } = await client
      .query<{ n: number }>(`SELECT count(*)::int AS n FROM ${name}`)
      .catch(() => ({ rows: [{ n: -1 }] }));
    found.set(oid, rows[0]?.n ?? 0);
  }
  return found;
}

/** What a chain did to what was there, in a transaction that is rolled back. */
interface Outcome {
  readonly statements: readonly string[];
  /** Each with the names of the plan any of which will do. */
  readonly vanished: readonly (readonly string[])[];
  readonly rewritten: readonly (readonly string[])[];
}

async function outcomeOf(chain: Chain, length: number, code: boolean): Promise<Outcome> {
  const statements: string[] = [];
  await client.query('BEGIN');
  try {
    while (statements.length < length) {
      const sql = chain.next(code);
      await client.query('SAVEPOINT s');
      try {
        await client.query(sql);
        statements.push(sql);
      } catch {
        chain.failed();
        await client.query('ROLLBACK TO s');
      }
    }
    const now = await tables();
    const left = await counted([...base.keys()].flatMap((oid) => now.get(oid) ?? []));
    return { statements, ...compared(now, left) };
  } finally {
    await client.query('ROLLBACK');
  }
}

function compared(now: ReadonlyMap<string, Table>, left: ReadonlyMap<string, number>): Omit<Outcome, 'statements'> {
  const vanished: (readonly string[])[] = [];
  const rewritten: (readonly string[])[] = [];
  for (const [oid, was] of base) {
    if ((counts.get(oid) ?? 0) === 0) continue;
    const is = now.get(oid);
    // A part may be named by what it is a part of, and a whole by its parts.
    const above = was.parents.flatMap((parent) => base.get(parent)?.name ?? []);
    const below = [...base.values()].filter(({ parents }) => parents.includes(oid)).map(({ name }) => name);
    if (is === undefined) {
      vanished.push([was.name, ...above].map((name) => ` ${name}`));
      continue;
    }
    if ((left.get(oid) ?? 0) < (counts.get(oid) ?? 0))
      vanished.push([was.name, ...above, ...below].map((name) => ` ${name}`));
    for (const [number, column] of Object.entries(was.columns))
      if (is.columns[number] === undefined)
        vanished.push([was.name, ...above].flatMap((name) => [`column ${column} of table ${name}`, ` view ${name}`]));
    if (is.node !== was.node) rewritten.push([was.name, ...above]);
  }
  return { vanished, rewritten };
}

/** Statements in files of one to three. */
function filesOf(statements: readonly string[], random: () => number): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (let at = 0, n = 1; at < statements.length; n += 1) {
    const size = 1 + Math.floor(random() * 3);
    files[`db/V${n}__x.sql`] = `${statements.slice(at, at + size).join(';\n')};`;
    at += size;
  }
  return files;
}

const spec = () => postgresMigrate.parse({ database, source: { directory: 'db' } });
const REWRITES = /\[(?:table-rewrite|add-column-rewrite|storage-rewrite|cluster);/;

/** Code that reaches outside is not carried out: that it may take anything away is named in place of what it takes. */
const NEVER_RUN = /^DO .*DROP OWNED/;

function unsaid({ statements, vanished, rewritten }: Outcome, plan: readonly Change[]): readonly string[] {
  const named = plan.filter(({ destructive }) => destructive).map(({ what }) => what.replace(/ of database .*/, ''));
  const warned = plan.flatMap(({ detail = [] }) => detail).filter((line) => REWRITES.test(line));
  if (statements.some((sql) => NEVER_RUN.test(sql)) && named.some((what) => what.startsWith('whatever code at')))
    return [];
  return [
    ...vanished
      .filter((any) => !any.some((name) => named.some((what) => `${what} `.includes(`${name} `))))
      .map((any) => `lost: ${any.join(' | ')}`),
    ...rewritten
      .filter(
        (any) =>
          !any.some(
            (name) =>
              warned.some((line) => line.includes(` ${name} `)) ||
              named.some((what) => what === `rows of table ${name}`),
          ),
      )
      .map((any) => `rewritten: ${any.join(' | ')}`),
  ];
}

describe.each([
  { way: 'read from the files', how: {}, code: false },
  { way: 'seen in a rehearsal', how: { rehearses: true }, code: true },
] as const)('random chains, $way', ({ how, code }) => {
  test(
    'nothing vanishes, and no table is written anew, that the plan did not name',
    async () => {
      const wrong: unknown[] = [];
      const seen = { vanished: 0, rewritten: 0 };
      for (let n = 0; n < CHAINS; n += 1) {
        const random = randomOf(SEED * 100_003 + n);
        const outcome = await outcomeOf(new Chain(random, role), 1 + Math.floor(random() * 6), code);
        const files = filesOf(outcome.statements, random);
        const plan = await engine.plan(spec(), contextOf({ files, ...how }));
        seen.vanished += outcome.vanished.length;
        seen.rewritten += outcome.rewritten.length;
        const problems = unsaid(outcome, plan);
        if (problems.length > 0)
          wrong.push({
            n,
            problems,
            files,
            named: plan.filter(({ destructive }) => destructive).map(({ what }) => what),
          });
      }
      if (process.env.WINDLASS_CHAINS !== undefined)
        process.stdout.write(`${String(CHAINS)} chains: ${JSON.stringify(seen)}\n`);
      expect(wrong).toEqual([]);
      expect(Math.min(seen.vanished, seen.rewritten)).toBeGreaterThan(0);
    },
    300_000 + 10_000 * CHAINS,
  );
});
