import { compares, type Comparison } from './comparison.ts';
import type { EvidenceHow } from './evidence.ts';
import { WindlassFailure } from './failure.ts';
import type { Sighting } from './probing.ts';
import type { EngineContext } from './step-engine.ts';

/** What a system answered to one question: what probes compare, and what measures keep. */
export type Reading =
  | {
      readonly value: number | string | boolean;
      /** Real where it is not said. */
      readonly how?: EvidenceHow;
    }
  /** Why there is no answer, as the rest of a sentence that begins with the question: `refused the connection`. Never a body. */
  | { readonly unknown: string };

/** On whose behalf a question is asked; it ends when the signal aborts. */
export type Asking = Pick<EngineContext, 'signal' | 'resolve' | 'owner'>;

/** Holds an answer against what is expected. Numbers and truths are shown; a text may be anything. */
export function judged(reading: Reading, expected: Comparison): Sighting {
  if ('unknown' in reading) return { met: false, seen: reading.unknown };
  const { value } = reading;
  const met = compares(value, expected);
  const how = reading.how === undefined ? {} : { how: reading.how };
  if (typeof value !== 'string') return { met, seen: `gave ${String(value)}`, observed: observedOf(value), ...how };
  return { met, ...how, seen: met ? 'gave the expected text' : `gave another text of ${value.length} characters` };
}

/** JSON has no infinite numbers. */
function observedOf(value: number | boolean): number | boolean | string {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/**
 * Reads within the time of one try; what fails then is no answer.
 *
 * @throws `asking.signal.reason` once it aborts; what `read` throws that is no `WindlassFailure`.
 */
export async function inTime(
  { signal, ms }: Asking & { readonly ms: number },
  read: (signal: AbortSignal) => Promise<Reading>,
): Promise<Reading> {
  const limit = AbortSignal.timeout(ms);
  try {
    return await read(AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof WindlassFailure) return { unknown: `failed: ${error.message.replace(/\.$/, '')}` };
    if (limit.aborted) return { unknown: 'did not answer in time' };
    throw error;
  }
}
