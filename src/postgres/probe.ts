import { CLOCK } from '../clock.ts';
import type { Comparison } from '../domain/comparison.ts';
import { demandedComparison } from '../domain/kinds/comparison.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine } from '../domain/probing.ts';
import { inTime, judged, type Asking, type Reading } from '../domain/reading.ts';
import type { Resolved } from '../domain/reference.ts';
import { placeLabel, valueAt, type SecretReader } from '../domain/secret-place.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import { serverName, type PostgresConnection } from './connection.ts';
import { applicationName, withSession } from './session.ts';
import { valueAs } from './values.ts';

export type SqlProbeSpec = Resolved<Extract<ProbeSpec, { protocol: 'sql' }>>;
interface SqlQuestion {
  readonly database: string;
  readonly query: string;
}

/**
 * `probe` with protocol `sql`: a query's first value, as the user of the target or as a role that logs in, or whether that
 * role gets in at all.
 */
export function sqlProbeEngine(
  connection: PostgresConnection,
  secrets: SecretReader = () => Promise.resolve(null),
): StepEngine<SqlProbeSpec> {
  return probeEngine(
    {
      label: ({ login, database, query }) => {
        const asked = query === undefined ? `database ${serverName(connection)}/${database}` : null;
        const by = login === undefined ? '' : ` as ${login.role}, by ${placeLabel(login.password)},`;
        return `${asked ?? sqlLabel(connection, { database, query: query ?? '' })}${by}`;
      },
      expects: (spec) =>
        spec.login !== undefined && spec.query === undefined
          ? { protocol: 'sql', letsIn: spec.login.role }
          : { protocol: 'sql', ...demandedComparison(spec) },
      ask: async (spec, context, ms) => {
        const expected: Comparison =
          spec.login !== undefined && spec.query === undefined ? { equals: spec.login.role } : demandedComparison(spec);
        const { database, login, query = 'SELECT current_user' } = spec;
        const asking = { ...context, ms, as: kindOf(expected) };
        const reading =
          login === undefined
            ? await readSql(connection, { database, query }, asking)
            : await readAs(connection, login, { database, query }, secrets, asking);
        return judged(reading, expected);
      },
    },
    CLOCK,
  );
}

/** A server that lets a role in without its password, as `trust` does, shows nothing of the password. */
async function readAs(
  connection: PostgresConnection,
  { role, password: place }: NonNullable<SqlProbeSpec['login']>,
  question: SqlQuestion,
  secrets: SecretReader,
  asking: Asking & { readonly ms: number; readonly as: 'number' | 'boolean' | 'string' },
): Promise<Reading> {
  let asked = false;
  return inTime(asking, async (signal): Promise<Reading> => {
    const value = await valueAt(place, secrets, { ...asking, signal });
    const password = () => {
      asked = true;
      return value;
    };
    const reading = await readSql({ ...connection, login: { user: role, password } }, question, asking);
    if ('unknown' in reading || asked) return reading;
    return { unknown: 'lets the role in without asking for its password, which shows nothing of it' };
  });
}

/** What is asked, without secrets. */
export function sqlLabel(connection: PostgresConnection, { database, query }: SqlQuestion): string {
  return `query ${JSON.stringify(query)} on ${serverName(connection)}/${database}`;
}

/**
 * The first column of the first row of one query, in a read-only transaction.
 *
 * @param asking.as the kind of value that is asked for: the server writes all of them as text.
 * @throws `asking.signal.reason` once it aborts.
 */
export function readSql(
  connection: PostgresConnection,
  { database, query }: SqlQuestion,
  asking: Asking & { readonly ms: number; readonly as: 'number' | 'boolean' | 'string' },
): Promise<Reading> {
  return inTime(asking, async (signal): Promise<Reading> => {
    const options = {
      ...{ database, signal, application: applicationName(asking) },
      ...{ statementTimeoutMs: asking.ms, lockTimeoutMs: asking.ms },
    };
    const text = await withSession(connection, options, (session) =>
      session.transaction('READ ONLY', () => session.scalar(query)),
    );
    if (text === undefined) return { unknown: 'gave no row' };
    return text === null ? { unknown: 'gave NULL' } : { value: valueAs(asking.as, text) };
  });
}

function kindOf(expected: Comparison): 'number' | 'boolean' | 'string' {
  if (!('equals' in expected)) return 'number';
  const { equals } = expected;
  return typeof equals === 'number' ? 'number' : typeof equals === 'boolean' ? 'boolean' : 'string';
}
