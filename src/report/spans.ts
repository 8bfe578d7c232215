import type { RecordEntry } from '../domain/record-entry.ts';
import type { StepState, StepStatus } from '../domain/status.ts';
import type { Span } from './report.ts';

/**
 * How a step spent its time, from the entries that it left and, where they are known, its beginning, end and state. What lies
 * before an entry is told by that entry; what lies after the last one by the state.
 *
 * @param entries of the step alone, in the order of time.
 */
export function spansOf(entries: readonly RecordEntry[], status: StepStatus | null): readonly Span[] {
  const spans: Span[] = [];
  let from = status?.startedAt ?? entries[0]?.time ?? null;
  let last: 'planned' | 'decided' | 'parked' | null = null;
  const until = (what: Span['what'], to: string | null) => {
    if (from === null || (to !== null && Date.parse(to) <= Date.parse(from))) return;
    const before = spans.at(-1);
    if (before?.what === what) spans[spans.length - 1] = { ...before, to };
    else spans.push({ what, from, to });
    from = to ?? from;
  };
  for (const { time, body } of entries) {
    switch (body.type) {
      case 'plan':
        // It looks again once it has its target: until then it waited.
        until(last === 'planned' || last === 'decided' ? 'wait' : 'plan', time);
        last = 'planned';
        break;
      case 'decision':
        if (body.denial !== null) break;
        until('gate', time);
        last = 'decided';
        break;
      case 'applied':
        until('wait', new Date(Math.max(Date.parse(from ?? time), Date.parse(time) - body.durationMs)).toISOString());
        until('act', time);
        last = 'planned';
        break;
      case 'evidence':
      case 'drill':
        until('verify', time);
        break;
      case 'parked':
        until('act', time);
        last = 'parked';
        break;
      case 'command':
        if (body.denial !== null || last !== 'parked') break;
        until('parked', time);
        last = null;
        break;
      default:
        break;
    }
  }
  // A bare approval is over with its decision: there is nothing to verify.
  const ended = last === 'decided' && status?.endedAt ? 'wait' : AFTER[status?.state ?? 'pending'];
  const rest = last === 'parked' ? 'parked' : ended;
  if (rest !== undefined) until(rest, status?.endedAt ?? null);
  return spans;
}

/** What a step does since its last entry, by its state. */
const AFTER: Readonly<Partial<Record<StepState, Span['what']>>> = {
  planning: 'plan',
  gate: 'gate',
  lock: 'wait',
  applying: 'act',
  verifying: 'verify',
  done: 'verify',
  unchanged: 'verify',
  cancelled: 'wait',
  aborted: 'wait',
};
