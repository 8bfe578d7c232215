import { CLOCK } from '../clock.ts';
import { durationMs } from '../domain/duration.ts';
import type { Finding } from '../domain/evidence.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { doublingPauses } from '../domain/pauses.ts';
import type { EngineContext, StepEngine } from '../domain/step-engine.ts';
import { shownAddress } from '../http/get.ts';
import { receiverAt } from './alerting/receiver.ts';
import { sendTestAlert } from './alerting/test-alert.ts';
import { Exemptions } from './exemptions.ts';
import { look, type Look } from './look.ts';
import { readAsked, type Asked } from './read/sources.ts';
import type { VerifySpec, Watchers } from './watchers.ts';

const ASK_AGAIN = { firstMs: 1_000, mostMs: 10_000 };

/**
 * `monitoring.verify`: asks the live server everything that dashboards and rules ask, looks at what is scraped and evaluated,
 * and sends a test alert. Its plan is empty, and a step with an empty plan is only verified: therefore `verify` waits as
 * patiently as `apply`.
 */
export function monitoringVerifyEngine(watchers: Watchers): StepEngine<VerifySpec> {
  const verify = async (spec: VerifySpec, context: EngineContext): Promise<readonly Finding[]> => {
    const asked = await readAsked(spec.sources, context.files);
    const [seen, delivery] = await Promise.all([
      untilAnswered(asked, spec, context, watchers),
      deliver(spec, context, watchers),
    ]);
    return [...seen.findings, ...delivery];
  };
  return {
    plan: () => Promise.resolve([]),
    apply: async (spec, context) => ({ changes: [], findings: await verify(spec, context) }),
    verify,
    undo: () => 'A verification changes nothing, and its test alert ends by itself.',
  };
}

/** What was deployed a moment ago has no numbers yet: looks again until nothing is missing, or the time is up. */
async function untilAnswered(
  asked: Asked,
  spec: VerifySpec,
  context: EngineContext,
  watchers: Watchers,
): Promise<Look> {
  const deadline = CLOCK.now() + durationMs(spec.within);
  const pauses = doublingPauses(ASK_AGAIN);
  const source = `Prometheus API of ${shownAddress(watchers.metrics, '')}`;
  for (let tries = 1; ; tries += 1) {
    const exemptions = new Exemptions(spec.exemptions, Date.now());
    const seen = await look(asked, spec, context, { ...watchers, exemptions, source });
    context.progress({ tries, unanswered: seen.unanswered });
    const pause = pauses.next().value;
    if (seen.unanswered === 0 || CLOCK.now() + pause >= deadline) return seen;
    await CLOCK.wait(pause, context.signal);
  }
}

async function deliver(spec: VerifySpec, context: EngineContext, watchers: Watchers): Promise<readonly Finding[]> {
  if (spec.alerting === undefined || watchers.alertmanager === null) return [];
  if (watchers.receiver === undefined)
    throw new WindlassFailure(
      'ReferenceUnresolved',
      'This worker has no address where it could hear of a test alert.',
      {
        object: 'WINDLASS_ALERT_RECEIVER',
        next: 'Start the worker with WINDLASS_ALERT_RECEIVER=HOST:PORT, and let a receiver of Alertmanager post there.',
      },
    );
  return [await sendTestAlert(watchers.alertmanager, receiverAt(watchers.receiver), spec.alerting, context)];
}
