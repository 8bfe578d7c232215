import { randomUUID } from 'node:crypto';
import { CLOCK } from '../../clock.ts';
import { durationMs, formatDuration } from '../../domain/duration.ts';
import type { FindingOf } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { MonitoringVerifySpec } from '../../domain/kinds/monitoring-verify.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { shownAddress } from '../../http/get.ts';
import type { ServerConnection } from '../../http/server-url.ts';
import { Alertmanager, type Alert } from './alertmanager.ts';
import { TEST_LABEL, type AlertStatus, type Receiver } from './receiver.ts';

export type AlertingSpec = NonNullable<MonitoringVerifySpec['alerting']>;

/** Between two looks at what Alertmanager does with the alert. Milliseconds. */
const LOOK_MS = 500;

/**
 * Sends an alert that nobody has sent before through Alertmanager, waits until its receiver was told of it, ends it, and waits
 * until its receiver was told of that. An alert that is muted, or led elsewhere, is waited for no longer.
 *
 * @throws WindlassFailure as `Receiver.await` and `Alertmanager.post` do; the reason of the signal once it aborts.
 */
export async function sendTestAlert(
  connection: ServerConnection,
  receiver: Receiver,
  spec: AlertingSpec,
  context: Pick<EngineContext, 'signal' | 'resolve' | 'owner'>,
): Promise<FindingOf<'monitoring-delivery'>> {
  const id = randomUUID();
  const server = new Alertmanager(connection, context);
  const heard = new Map<AlertStatus, number>();
  const stop = await receiver.await(id, (status) => {
    if (!heard.has(status)) heard.set(status, CLOCK.now());
  });
  const within = durationMs(spec.within);
  const alert = alertOf(id, spec, context.owner, within);
  const began = CLOCK.now();
  const faults: string[] = [];
  let receivers: readonly string[] = [];
  let ended: number | null = null;
  try {
    await server.post(alert);
    for (;;) {
      const treatment = await server.treatmentOf(id);
      receivers = treatment?.receivers ?? receivers;
      faults.push(...faultsOf(spec, treatment));
      if (faults.length > 0 || heard.has('firing')) break;
      if (CLOCK.now() - began > within) {
        faults.push(unheard(within));
        break;
      }
      await CLOCK.wait(LOOK_MS, context.signal);
    }
    ended = CLOCK.now();
    await server.post({ ...alert, endsAt: new Date().toISOString() });
    // Nobody is told of the end of what nobody was told of.
    while (heard.has('firing') && !heard.has('resolved')) {
      if (CLOCK.now() - ended > within) {
        faults.push(
          `nobody was told within ${formatDuration(within)} that it had ended: see send_resolved and group_interval`,
        );
        break;
      }
      await CLOCK.wait(LOOK_MS, context.signal);
    }
  } finally {
    if (ended === null) await endQuietly(server, alert);
    await stop();
  }
  const since = (status: AlertStatus, from: number): number | null => {
    const at = heard.get(status);
    return at === undefined ? null : Math.round(at - from);
  };
  return {
    kind: 'monitoring-delivery',
    about: { labels: spec.labels, receivers: spec.receivers },
    holds: faults.length === 0,
    how: 'real',
    source: `Alertmanager ${shownAddress(connection, '')}`,
    observed: { receivers, arrivedMs: since('firing', began), resolvedMs: since('resolved', ended), faults },
    time: new Date().toISOString(),
  };
}

/** It ends by itself, should nobody be there any more to end it. */
function alertOf(id: string, { labels }: AlertingSpec, owner: EngineContext['owner'], within: number): Alert {
  const now = Date.now();
  return {
    labels: { alertname: 'WindlassTest', ...labels, [TEST_LABEL]: id },
    annotations: {
      summary: `A test of whether alerts arrive, by ${owner.rollout} in ${owner.environment}: nothing has happened.`,
      description: `Step ${owner.phase}/${owner.step} sent it, and ends it once it has arrived.`,
    },
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + within).toISOString(),
  };
}

function faultsOf(spec: AlertingSpec, treatment: Awaited<ReturnType<Alertmanager['treatmentOf']>>): readonly string[] {
  if (treatment === null) return [];
  const unled = spec.receivers.filter((name) => !treatment.receivers.includes(name));
  return [
    ...treatment.muted,
    ...unled.map(
      (name) => `no route leads such an alert to ${name}: it goes to ${treatment.receivers.join(', ') || 'nobody'}`,
    ),
  ];
}

function unheard(within: number): string {
  return (
    `it did not arrive within ${formatDuration(within)}, though no silence or inhibition mutes it: see the address of the receiver, ` +
    'which must lead to WINDLASS_ALERT_RECEIVER, and the time intervals of its route'
  );
}

/** Whoever waits no longer is interested in something else than whether this arrives. */
async function endQuietly(server: Alertmanager, alert: Alert): Promise<void> {
  try {
    await server.post({ ...alert, endsAt: new Date().toISOString() });
  } catch (error) {
    if (!(error instanceof WindlassFailure)) throw error;
  }
}
