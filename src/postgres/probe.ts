import { CLOCK } from '../clock.ts';
import type { Comparison } from '../domain/comparison.ts';
import { demandedComparison } from '../domain/kinds/comparison.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine } from '../domain/probing.ts';
import { inTime, judged, type Asking, type Reading } from '../domain/reading.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import { serverName, type PostgresConnection } from './connection.ts';
import { applicationName, withSession } from './session.ts';
import { valueAs } from './values.ts';

export type SqlProbeSpec = Extract<ProbeSpec, { protocol: 'sql' }>;
type SqlQuestion = Pick<SqlProbeSpec, 'database' | 'query'>;

/** `probe` with protocol `sql`. */
export function sqlProbeEngine(connection: PostgresConnection): StepEngine<SqlProbeSpec> {
  return probeEngine(
    {
      label: (spec) => sqlLabel(connection, spec),
      expects: (spec) => ({ protocol: 'sql', ...demandedComparison(spec) }),
      ask: async (spec, context, ms) => {
        const expected = demandedComparison(spec);
        return judged(await readSql(connection, spec, { ...context, ms, as: kindOf(expected) }), expected);
      },
    },
    CLOCK,
  );
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
