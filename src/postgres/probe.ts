import { CLOCK } from '../clock.ts';
import type { EngineContext, StepEngine } from '../domain/step-engine.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine, type Sighting } from '../domain/probing.ts';
import { serverName, type PostgresConnection } from './connection.ts';
import { applicationName, withSession } from './session.ts';
import { isEqual, shownValue } from './values.ts';

export type SqlProbeSpec = Extract<ProbeSpec, { protocol: 'sql' }>;

/** `probe` with protocol `sql`: the first column of the first row of one query, in a read-only transaction. */
export function sqlProbeEngine(connection: PostgresConnection): StepEngine<SqlProbeSpec> {
  return probeEngine(
    {
      label: ({ database, query }) => `query ${JSON.stringify(query)} on ${serverName(connection)}/${database}`,
      expects: ({ equals }) => ({ protocol: 'sql', equals }),
      ask: (spec, context, ms) => ask(connection, spec, context, ms),
    },
    CLOCK,
  );
}

async function ask(
  connection: PostgresConnection,
  spec: SqlProbeSpec,
  context: EngineContext,
  ms: number,
): Promise<Sighting> {
  const options = {
    database: spec.database,
    application: applicationName(context),
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(ms)]),
    statementTimeoutMs: ms,
    lockTimeoutMs: ms,
  };
  try {
    const value = await withSession(connection, options, (session) =>
      session.transaction('READ ONLY', () => session.scalar(spec.query)),
    );
    return { met: isEqual(value, spec.equals), seen: `gave ${shownValue(value)}` };
  } catch (error) {
    // Anything else is the reason of one of the two signals; the caller asks the one of the step itself.
    const seen =
      error instanceof WindlassFailure ? `failed: ${error.message.replace(/\.$/, '')}` : 'did not answer in time';
    return { met: false, seen };
  }
}
