import { z } from 'zod';
import { reference } from './kinds/common.ts';
import type { DriftCounts } from './drift.ts';
import type { Proof, DrillVerdict } from './drill/verdict.ts';
import type { Standing } from './readiness/levels.ts';

/** What a webhook can be told of. */
export const EVENTS = ['failed', 'refuted', 'stale', 'fell', 'drift'] as const;
export type NewsEvent = (typeof EVENTS)[number];

/** A webhook of an environment. */
export const notification = z.strictObject({
  url: reference.describe('http:// or https:// URL that is sent a small JSON document by POST.'),
  on: z
    .array(z.enum(EVENTS))
    .min(1)
    .default([...EVENTS])
    .describe(
      'Of what: a drill or look that failed, a backup that a restore refuted, a proof that has grown too old, a readiness that fell, drift.',
    ),
});
export type Notification = z.output<typeof notification>;

/** What a webhook is sent. No secret is in it. */
export interface DrillNews {
  readonly event: Exclude<NewsEvent, 'fell' | 'drift'>;
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

/** What a webhook is sent of the readiness. No secret is in it. */
export interface ReadinessNews {
  readonly event: 'fell' | 'failed';
  readonly environment: string;
  readonly rollout: string;
  /** Run id of the workflow that looked; with `event` it makes the message unique. */
  readonly run: string;
  /** In one sentence. */
  readonly message: string;
  /** How it stands now, and how it stood when it was looked at before; null where that cannot be told. */
  readonly now: Standing | null;
  readonly before: Standing | null;
}

/** What a webhook is sent of drift, when a look finds other drift than the one before, or cannot tell. No secret is in it. */
export interface DriftNews {
  readonly event: 'drift' | 'failed';
  readonly environment: string;
  readonly rollout: string;
  /** As of the readiness. */
  readonly run: string;
  /** In one sentence; `windlass report --run` has all of it. */
  readonly message: string;
  /** Null where the look came to nothing. */
  readonly counts: DriftCounts | null;
}

export type News = DrillNews | ReadinessNews | DriftNews;
