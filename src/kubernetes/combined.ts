import { FAILURES, WindlassFailure } from '../domain/failure.ts';
import type { Json } from '../domain/json.ts';

const SHOWN = 10;
const KEPT = 100;

/** True when trying again may help. */
export function isRetryable(failure: WindlassFailure): boolean {
  return failure.options.retryable ?? FAILURES[failure.type].retryable;
}

/**
 * One failure for the failures of several objects, in the order of their names. It is of the type of the first that no retry can help, so that a
 * retry is tried only when it can help all of them.
 *
 * @param facts what else is worth keeping, such as what was done before.
 */
export function combined(
  unordered: readonly WindlassFailure[],
  facts: { readonly [key: string]: Json } = {},
): WindlassFailure {
  const failures = [...unordered].sort((a, b) => ((a.options.object ?? '') < (b.options.object ?? '') ? -1 : 1));
  const lead = failures.find((failure) => !isRetryable(failure)) ?? failures[0];
  if (lead === undefined) throw new RangeError('there is no failure to combine');
  const { object, next, retryable, cause } = lead.options;
  const missing = failures.flatMap((failure) => failure.options.missing ?? []);
  const rest = {
    next,
    ...(retryable === undefined ? {} : { retryable }),
    ...(cause === undefined ? {} : { cause }),
    ...(failures.every((failure) => failure.options.missing !== undefined) ? { missing } : {}),
  };
  if (failures.length === 1)
    return new WindlassFailure(lead.type, lead.message, {
      ...rest,
      ...(object === undefined ? {} : { object }),
      facts: { ...lead.options.facts, ...facts },
    });
  const lines = failures.map((failure) => `${failure.options.object ?? ''}: ${failure.message}`);
  const more = lines.length > SHOWN ? `\n  and ${String(lines.length - SHOWN)} more` : '';
  return new WindlassFailure(
    lead.type,
    `${String(failures.length)} objects failed:\n  ${lines.slice(0, SHOWN).join('\n  ')}${more}`,
    {
      ...rest,
      object: `${String(failures.length)} objects`,
      facts: { failures: failures.slice(0, KEPT).map((failure) => summaryOf(failure)), ...facts },
    },
  );
}

function summaryOf(failure: WindlassFailure): Json {
  const { type, message, object, facts } = failure.summary();
  return { type, message, ...(object === undefined ? {} : { object }), ...(facts === undefined ? {} : { facts }) };
}
