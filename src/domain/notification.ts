import { z } from 'zod';
import { reference } from './kinds/common.ts';
import type { Proof, DrillVerdict } from './drill/verdict.ts';

/** What a webhook can be told of. */
const DRILL_EVENTS = ['failed', 'refuted', 'stale'] as const;
export type DrillEvent = (typeof DRILL_EVENTS)[number];

/** A webhook of an environment. */
export const notification = z.strictObject({
  url: reference.describe('http:// or https:// URL that is sent a small JSON document by POST.'),
  on: z
    .array(z.enum(DRILL_EVENTS))
    .min(1)
    .default([...DRILL_EVENTS])
    .describe('Of what: a drill that failed, a backup that a restore refuted, a proof that has grown too old.'),
});
export type Notification = z.output<typeof notification>;

/** What a webhook is sent. No secret is in it. */
export interface DrillNews {
  readonly event: DrillEvent;
  readonly environment: string;
  readonly rollout: string;
  readonly phase: string;
  readonly step: string;
  /** Run id of the drill workflow; with `event` it makes the message unique, so that one sent twice is known. */
  readonly run: string;
  /** In one sentence. */
  readonly message: string;
  readonly verdict: DrillVerdict | null;
  readonly newest: Proof | null;
}
