import { WindlassFailure } from '../../domain/failure.ts';
import { formatDuration } from '../../domain/duration.ts';
import { shortMessage } from '../client/message.ts';
import type { Status } from '../status/status.ts';
import { nextOf } from './next-steps.ts';
import type { Suspicion } from './suspicion.ts';

/** An object that is not ready, and why. */
export interface Unready {
  readonly object: string;
  readonly status: Status;
  /** What is known to be in its way, as of now. */
  readonly trouble?: string;
}

const SHOWN = 10;
const KEPT = 100;

export function notReadyInTime(
  unready: readonly Unready[],
  of: number,
  withinMs: number,
  notes: readonly string[],
): WindlassFailure {
  const lines = unready.map(
    ({ object, status, trouble }) =>
      `${object}: ${wordOf(status)}${shortMessage(status.reason)}${trouble === undefined ? '' : `; ${trouble}`}`,
  );
  const more = lines.length > SHOWN ? [`and ${String(lines.length - SHOWN)} more`] : [];
  return new WindlassFailure(
    'NotReadyInTime',
    `${String(unready.length)} of ${String(of)} objects were not ready within ${formatDuration(withinMs)}:\n  ${[...lines.slice(0, SHOWN), ...more, ...notes].join('\n  ')}`,
    {
      object: unready.length === 1 ? (unready[0]?.object ?? '') : `${String(unready.length)} objects`,
      next: unready.some(({ status }) => status.state === 'unknown')
        ? 'For objects that do not tell whether they are ready, write a rule under `readiness` in the step (docs/status.md), or, where nothing in them can tell, set wait: false and follow with a probe; for the others look at their pods and events, then retry.'
        : 'Look at the pods and events of these objects, then retry; raise readyWithin if they only need longer.',
      facts: {
        notReady: unready.slice(0, KEPT).map(({ object, status, trouble }) => ({
          object,
          state: status.state,
          reason: shortMessage(status.reason),
          ...(trouble === undefined ? {} : { trouble }),
        })),
        ready: of - unready.length,
        of,
      },
    },
  );
}

/** Objects that were all ready, but never for as long as they must stay so. */
export function notStableInTime(of: number, withinMs: number, stableForMs: number, times: number): WindlassFailure {
  return new WindlassFailure(
    'NotReadyInTime',
    `${String(of)} objects became ready ${String(times)} times, but did not stay so for ${formatDuration(stableForMs)} within ${formatDuration(withinMs)}.`,
    {
      object: `${String(of)} objects`,
      next: 'Look at what makes them fall back (restarts, probes); raise readyWithin if they only need longer.',
      facts: { ready: of, of, fellBack: times - 1 },
    },
  );
}

/** An object that says itself that it failed. */
export function failedByItself(object: string, status: Status): WindlassFailure {
  return new WindlassFailure('Stalled', `It will not become ready: ${shortMessage(status.reason)}.`, {
    object,
    next: 'Remove the cause, then retry.',
    facts: { reason: shortMessage(status.reason) },
  });
}

/** An object, or the pods or the controller of one, that is stuck. */
export function stalled(object: string, suspicion: Suspicion): WindlassFailure {
  const { pod, container, reason } = suspicion;
  return new WindlassFailure('Stalled', `It is stuck: ${troubleLine(suspicion)}.`, {
    object,
    next: nextOf(reason),
    facts: {
      ...(pod === undefined ? {} : { pod }),
      ...(container === undefined ? {} : { container }),
      reason,
      message: shortMessage(suspicion.message),
    },
  });
}

/** Trouble in a line: where, what, and in whose words. */
export function troubleLine({ pod, container, init, reason, message }: Suspicion): string {
  const words = shortMessage(message);
  const kind = init === true ? 'init container' : 'container';
  const where = pod === undefined ? '' : `pod ${pod}${container === undefined ? '' : `, ${kind} ${container}`}: `;
  return `${where}${reason}${words === '' ? '' : ` (${words})`}`;
}

function wordOf(status: Status): string {
  return status.state === 'unknown' ? 'cannot tell, ' : '';
}
