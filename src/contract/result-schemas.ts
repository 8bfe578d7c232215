import { z } from 'zod/mini';
import { LEVELS } from '../domain/readiness/levels.ts';
import { FAILURES, type FailureSummary } from '../domain/failure.ts';
import type { WindlassActivities } from './activities.ts';
import { read } from './read.ts';
import { statusSchemas } from './status-schemas.ts';

const { failure, phaseShape, phaseStatus, plan, stepShape } = statusSchemas();
const text = z.string();
const texts = z.array(text);
const sentence = z.nullable(text);
const number = z.nullable(z.number());

const rolloutShape = z.looseObject({
  phases: z.array(z.extend(phaseShape, { needs: texts })),
  groups: z.record(text, texts),
  selfApproval: z.boolean(),
  measures: z.exactOptional(z.array(z.looseObject({ name: text, title: text }))),
  continueAfter: z.exactOptional(z.number().check(z.minimum(1))),
});
const measured = z.looseObject({
  ...{ name: text, value: number, time: text },
  ...{ why: z.exactOptional(text), how: z.exactOptional(text) },
});
const verdict = z.looseObject({
  verdict: z.enum(['proven', 'refuted', 'failed', 'cancelled']),
  ...{ backup: sentence, backedUpAt: z.optional(sentence), faults: texts, missed: texts },
  ...{ rtoSeconds: number, rpoSeconds: number },
  failure: z.nullable(failure),
});
const freshness = z.looseObject({
  newest: z.nullable(z.looseObject({ backup: text, at: text, drill: text })),
  ...{ limit: text, stale: z.boolean(), known: z.boolean(), doubt: z.exactOptional(text) },
});
const notifications = z.array(texts);
const standing = { score: number, level: z.nullable(z.enum(LEVELS)) };
const readiness = z.looseObject({
  ...{ environment: text, rollout: text, bundle: text, run: text },
  now: z.looseObject({ ...standing, capped: texts }),
  real: z.looseObject(standing),
  simulated: z.enum(['counts', 'apart']),
  before: z.nullable(z.looseObject(standing)),
  fell: sentence,
});
const driftCount = z.number();
const drift = z.looseObject({
  ...{ environment: text, rollout: text, bundle: text, run: text, summary: text, known: z.boolean() },
  counts: z.looseObject({
    ...{ steps: driftCount, drifted: driftCount, broken: driftCount, unchanged: driftCount, failed: driftCount },
  }),
});
/** Nobody reads it. */
const nothing = z.unknown();

/** What each activity answers. A newer worker may say more. */
const RESULTS: Readonly<Record<keyof WindlassActivities, z.ZodMiniType>> = {
  openRollout: rolloutShape,
  reopenRollout: rolloutShape,
  readMeasures: z.array(measured),
  planStep: plan,
  applyStep: z.looseObject({ changes: plan }),
  verifyStep: nothing,
  awaitDoneByHand: nothing,
  missingProof: sentence,
  awaitProof: nothing,
  missingReadiness: sentence,
  awaitReadiness: nothing,
  openGate: z.looseObject({
    ...{ opening: z.number().check(z.int(), z.minimum(1), z.maximum(1_000_000)), changeDigest: text, waives: sentence },
    lacks: z.exactOptional(z.looseObject({ proof: sentence, readiness: sentence })),
  }),
  openDrill: z.looseObject({ step: stepShape, notifications }),
  drillStep: verdict,
  witnessStep: nothing,
  judgeFreshness: freshness,
  notify: nothing,
  openReadiness: z.looseObject({ steps: z.array(z.looseObject({ phase: text, step: stepShape })), notifications }),
  assessReadiness: readiness,
  openDrift: z.looseObject({ notifications }),
  findDrift: drift,
  healLock: z.looseObject({ healed: texts, left: texts }),
  orderFreeze: nothing,
  requestLock: nothing,
  unwantedRequests: texts,
  cancelRun: nothing,
  isOpen: z.boolean(),
  askPhase: z.nullable(z.looseObject({ status: phaseStatus, told: z.number(), ended: z.exactOptional(text) })),
  awaitPhase: nothing,
  judgeSignature: sentence,
  confirmDecision: sentence,
  appendRecord: nothing,
};
const results = new Map<string, z.ZodMiniType>(Object.entries(RESULTS));

/**
 * In one line why this is no answer of an activity, or null: whoever reaches Temporal can complete one by its id, with anything.
 * A workflow that believed it would fail at it, and Temporal would repeat its task for ever.
 */
export function misread(activity: string, result: unknown): string | null {
  return whyNot(results.get(activity) ?? nothing, result);
}

/** The same of what a phase has ended with. */
export function misreadPhase(result: unknown): string | null {
  return whyNot(phaseStatus, result);
}

/** What an activity says of its failure, which anybody can say in its place; null for what is none of ours. */
export function readFailure(said: unknown): FailureSummary | null {
  const result = read(failure, said);
  return 'message' in result && Object.hasOwn(FAILURES, result.message.type)
    ? (result.message as FailureSummary)
    : null;
}

function whyNot(schema: z.ZodMiniType, result: unknown): string | null {
  const answer = read(schema, result);
  return 'why' in answer ? answer.why : null;
}
