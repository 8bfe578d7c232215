import type { RolloutRef } from '../../client.ts';

/** The command that does something about a rollout, as a person would type it. */
export function commandLine(verb: string, ref: RolloutRef, step?: string): string {
  return ['windlass', verb, ref.rollout, ...(step === undefined ? [] : [step]), '--environment', ref.environment].join(
    ' ',
  );
}
