import type { Exemption } from './file.ts';

/** An exemption, and whether it holds at a moment. */
export interface StandingExemption extends Exemption {
  readonly holds: boolean;
}

/** @param at milliseconds since the epoch. */
export function exemptionsAt(exemptions: readonly Exemption[], at: number): readonly StandingExemption[] {
  return exemptions.map((one) => ({ ...one, holds: at < endOf(one) }));
}

/** When it ends, in milliseconds since the epoch: a day ends with itself. */
function endOf({ until }: Exemption): number {
  return /^\d{4}-\d\d-\d\d$/.test(until) ? Date.parse(until) + 86_400_000 : Date.parse(until);
}
