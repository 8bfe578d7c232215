import { z } from 'zod';
import type { Json } from '../../domain/json.ts';
import type { LocationStatus } from './status.ts';

const schema = z.object({ phase: z.string().nullable(), validated: z.string().nullable() });

/** What Velero had said when a location was changed, which is no answer to the change. */
export type Baseline = z.output<typeof schema>;

export function baselineOf({ phase, validated }: LocationStatus): Baseline {
  return { phase, validated };
}

/** The baseline that an earlier attempt told as its progress; undefined when it told none. */
export function resumedBaseline(resume: Json | undefined): Baseline | null | undefined {
  const told = z.object({ before: schema.nullable() }).safeParse(resume);
  return told.success ? told.data.before : undefined;
}

/**
 * Whether Velero has said something new. Its times are whole seconds, so the phase is looked at too: the validation that
 * a change causes may end in the second of the one before. Without a baseline, all that was said counts.
 */
export function isNews(status: LocationStatus, before: Baseline | null): boolean {
  if (status.validated === null) return false;
  return before === null || status.validated !== before.validated || status.phase !== before.phase;
}
