import { z } from 'zod/mini';
import { LIMITS } from '../domain/limits.ts';
import { NAME_PATTERN } from '../domain/names.ts';

const name = z.string().check(z.maxLength(LIMITS.messageName.most));
const count = z.number().check(z.int(), z.minimum(1), z.maximum(1_000_000));

// What phases and activities tell may say more than this version knows, and names of failures that it has not: it is handed on as it is.
const plan = z.looseObject({
  changeDigest: z.string(),
  destructiveDigest: z.string(),
  counts: z.record(z.string(), z.number()),
  destructive: z.number(),
  lines: z.array(z.string()),
  more: z.number(),
  undo: z.string(),
});
const quorum = z.array(z.object({ of: z.string(), among: z.nullable(z.array(z.string())), count }));
const gate = z.looseObject({
  phase: z.string(),
  step: z.string(),
  reason: z.string(),
  approvers: z.array(z.string()),
  demands: z.exactOptional(z.array(z.object({ reason: z.string(), approvers: z.array(z.string()) }))),
  quorum: z.exactOptional(quorum),
  approvals: z.exactOptional(z.array(z.object({ by: z.string(), comment: z.string() }))),
  withdrawals: z.exactOptional(z.array(z.string())),
  changeDigest: z.string(),
  destructiveDigest: z.string(),
  plan: z.nullable(plan),
  opening: z.exactOptional(count),
  openedAt: z.string(),
  expiresAt: z.nullable(z.string()),
  waives: z.exactOptional(z.string()),
});
const failure = z.looseObject({
  ...{ type: z.string(), message: z.string(), next: z.string(), retryable: z.boolean() },
  object: z.exactOptional(z.string()),
});
const stepStatus = z.looseObject({
  name: z.string(),
  kind: z.string(),
  state: z.enum([
    'pending',
    'planning',
    'gate',
    'lock',
    'applying',
    'verifying',
    'done',
    'unchanged',
    'skipped',
    'skipped by hand',
    'parked',
    'cancelled',
    'aborted',
  ]),
  plan: z.nullable(plan),
  gate: z.nullable(gate),
  failure: z.nullable(failure),
  decidedBy: z.nullable(z.string()),
  startedAt: z.nullable(z.string()),
  endedAt: z.nullable(z.string()),
  openings: z.exactOptional(count),
  parkings: z.exactOptional(count),
});
/** Temporal refuses a command with another time, and the workflow task with it, which it then repeats for ever. */
const duration = z.number().check(z.int(), z.minimum(0), z.maximum(10 * 366 * 86_400_000));
const label = z.string().check(z.refine((text) => NAME_PATTERN.test(text)));
const retry = z
  .looseObject({
    attempts: z.number().check(z.int(), z.minimum(1), z.maximum(1_000_000)),
    initialMs: duration,
    maximumMs: duration,
  })
  .check(z.refine(({ initialMs, maximumMs }) => initialMs <= maximumMs));
/** What workflows know of a step. */
const stepShape = z.looseObject({
  name: label,
  kind: name,
  needs: z.array(z.string()),
  target: z.nullable(name),
  timeoutMs: duration.check(z.minimum(1)),
  silenceMs: z.exactOptional(duration.check(z.minimum(1))),
  retry,
  approval: z.nullable(
    z.looseObject({ reason: z.string(), approvers: z.array(z.string()), expiresMs: z.nullable(duration) }),
  ),
  demands: z.exactOptional(
    z.array(z.looseObject({ reason: z.string(), approvers: z.array(z.string()), destructive: z.boolean() })),
  ),
  quorum: z.exactOptional(quorum),
  included: z.boolean(),
});
const phaseShape = z.looseObject({ name: label, steps: z.array(stepShape) });
const phaseStatus = z.looseObject({ name: z.string(), state: z.string(), steps: z.array(stepStatus) });

/**
 * Schemas that several files are made of, by a function: the SDK freezes what modules export to workflows, and schemas keep in
 * themselves what they have worked out.
 */
export const statusSchemas = () => ({
  name,
  label,
  count,
  plan,
  failure,
  stepStatus,
  stepShape,
  phaseShape,
  phaseStatus,
});
