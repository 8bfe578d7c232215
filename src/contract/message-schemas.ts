import { z } from 'zod/mini';
import { read, type Read } from './read.ts';
import { statusSchemas } from './status-schemas.ts';
import type { Decision } from '../domain/gate.ts';
import { ACTIONS } from '../domain/operating.ts';
import { LIMITS } from '../domain/limits.ts';
import type { LockMemory, Request as LockRequest } from '../domain/lock.ts';
import type {
  Command,
  DriftInput,
  DrillInput,
  HealInput,
  LockGrant,
  PhaseInput,
  PhaseNews,
  ReadinessInput,
  RolloutInput,
  RolloutMemory,
} from './messages.ts';
import { MOST_FREEZES, type FreezeOrder } from '../domain/freeze-order.ts';

/** The longest lease of a target: an attempt that needs more time than this is asked for again. */
const LONGEST_LEASE_MS = 31 * 24 * 3_600_000;
/** Most requests in a memory that is carried over: locks of before took more than wait now. */
const MOST_CARRIED = 2_000;
/** Tokens are times in milliseconds: one beyond the year 2255 is none that a lock has given. */
const HIGHEST_TOKEN = 9_000_000_000_000;

const { name, label, count, failure, phaseShape, stepStatus } = statusSchemas();
const comment = z.string().check(z.maxLength(LIMITS.comment.most));
const signature = z.string().check(z.maxLength(LIMITS.signature.most));
const token = z.number().check(z.int(), z.minimum(0), z.maximum(HIGHEST_TOKEN));

const decision = z.strictObject({
  verdict: z.enum(['approve', 'reject', 'withdraw']),
  bundle: name,
  run: name,
  phase: name,
  step: name,
  changeDigest: name,
  opening: z.exactOptional(count),
  by: name,
  comment,
  waives: z.exactOptional(comment),
  withdrawals: z.exactOptional(count),
  signature,
}) satisfies z.ZodMiniType<Decision>;

const command = z.strictObject({
  action: z.enum(ACTIONS),
  run: name,
  bundle: z.exactOptional(name),
  phase: name,
  step: name,
  parking: z.exactOptional(count),
  pausing: z.exactOptional(count),
  by: name,
  comment,
  signature,
}) satisfies z.ZodMiniType<Command>;

const request = {
  id: name,
  owner: name,
  // Temporal is asked whether the holder is open, and refuses to look for what is no id.
  holder: z.object({ workflowId: name.check(z.minLength(1)), runId: z.uuid() }),
  leaseMs: z.number().check(z.int(), z.minimum(1), z.maximum(LONGEST_LEASE_MS)),
};
const carried = { ...request, givenBack: z.exactOptional(z.boolean()) };
// Each letter beyond ASCII takes up to six bytes.
const isSmall = (sent: unknown) => JSON.stringify(sent).replace(/[^ -~]/g, '......').length <= LIMITS.lockRequest.most;
const lockRequest = z.object(request).check(z.refine(isSmall)) satisfies z.ZodMiniType<LockRequest>;

const lockGrant = z.object({
  id: name,
  lock: name,
  token,
  deadline: z.number(),
}) satisfies z.ZodMiniType<LockGrant>;

const lockMemory = z.object({
  token,
  owner: z.nullable(name),
  held: z.array(z.object({ ...carried, deadline: z.number() })).check(z.maxLength(MOST_CARRIED)),
  queue: z.array(z.object(carried)).check(z.maxLength(MOST_CARRIED)),
}) satisfies z.ZodMiniType<LockMemory>;

const phaseNews = z.looseObject({ phase: z.string(), steps: z.array(stepStatus), run: z.exactOptional(name) });

const start = {
  // As files may be called: the record is kept below these names, and another could never be written.
  ...{ environment: label, rollout: label, bundle: name, startedBy: name, signature },
  nonce: z.exactOptional(name.check(z.minLength(1))),
  validUntil: z.exactOptional(name),
  signedAt: z.exactOptional(name),
};
const duration = z.number().check(z.int(), z.minimum(0), z.maximum(10 * 366 * 86_400_000));
/** A schedule that comes ahead of another on many days takes an expression for each sort of day. */
const standing = z.strictObject({
  id: name.check(z.minLength(1)),
  cronExpressions: z.array(name).check(z.maxLength(200)),
  everyMs: z.nullable(duration.check(z.minimum(1_000))),
  jitterMs: duration,
  catchUpMs: duration,
  timeZone: z.literal('UTC'),
  notBefore: name,
  notAfter: name,
});
const rolloutInput = z.object(start) satisfies z.ZodMiniType<RolloutInput>;
const drillInput = z.object({
  ...start,
  phase: name,
  step: name,
  mode: z.enum(['drill', 'witness', 'freshness']),
  standing: z.exactOptional(standing),
}) satisfies z.ZodMiniType<DrillInput>;
const readinessInput = z.object({
  ...start,
  mode: z.literal('readiness'),
  standing: z.exactOptional(standing),
  attests: z.exactOptional(
    z.strictObject({ check: name, question: name, holds: z.boolean(), reason: comment.check(z.minLength(1)) }),
  ),
}) satisfies z.ZodMiniType<ReadinessInput>;
const driftInput = z.object({
  ...start,
  mode: z.literal('drift'),
  standing: z.exactOptional(standing),
}) satisfies z.ZodMiniType<DriftInput>;
const healInput = z.object({ ...start, target: name, comment }) satisfies z.ZodMiniType<HealInput>;
const freezeOrder = z.object({
  ...{ environment: label, startedBy: name, signature },
  reason: comment,
  until: z.nullable(name),
  ends: z.array(name).check(z.maxLength(MOST_FREEZES)),
  ...{ nonce: start.nonce, validUntil: start.validUntil, signedAt: start.signedAt },
}) satisfies z.ZodMiniType<FreezeOrder>;
// The skeleton comes from the activity that opened the bundle; a newer one may know more.
const pauses = z.object({ paused: z.number(), resumed: z.number() });
const phaseInput = z.looseObject({
  scope: z.object({ environment: name, rollout: name, run: name, bundle: name }),
  phase: phaseShape,
  steps: z.nullable(z.array(stepStatus)),
  told: z.exactOptional(z.number()),
  pauses: z.exactOptional(pauses),
});

// Written by the run before. A newer one may have known more, which is handed on as it is.
const rolloutMemory = z.looseObject({
  runs: z.array(name),
  opened: z.boolean(),
  groups: z.record(z.string(), z.array(z.string())),
  selfApproval: z.boolean(),
  measures: z.array(z.looseObject({ name: z.string() })),
  phases: z.array(
    z.looseObject({
      ...{ name, state: z.string(), run: z.exactOptional(name) },
      steps: z.array(z.union([stepStatus, z.strictObject({ name: z.string(), kind: z.string() })])),
    }),
  ),
  open: z.array(z.looseObject({ ...{ name, run: name, heard: z.number(), sent: z.number() }, doubted: z.boolean() })),
  failure: z.nullable(failure),
  decided: z.array(z.string()),
  dropped: z.number(),
  denials: z.number(),
  forged: z.record(z.string(), z.number()),
  held: z.array(z.union([decision, command])),
  pauses: z.exactOptional(pauses),
  paused: z.exactOptional(z.looseObject({ command, since: z.string() })),
});

export const readDecision = (sent: unknown): Read<Decision> => read(decision, sent);
export const readCommand = (sent: unknown): Read<Command> => read(command, sent);
export const readPhaseNews = (sent: unknown): Read<PhaseNews> => read<unknown>(phaseNews, sent) as Read<PhaseNews>;
export const readLockRequest = (sent: unknown): Read<LockRequest> => read(lockRequest, sent);
export const readLockGrant = (sent: unknown): Read<LockGrant> => read(lockGrant, sent);
export const readLockMemory = (sent: unknown): Read<LockMemory> => read(lockMemory, sent);
export const readRolloutInput = (sent: unknown): Read<RolloutInput> => read(rolloutInput, sent);
export const readRolloutMemory = (sent: unknown): Read<RolloutMemory> =>
  read<unknown>(rolloutMemory, sent) as Read<RolloutMemory>;
export const readDrillInput = (sent: unknown): Read<DrillInput> => read(drillInput, sent);
export const readReadinessInput = (sent: unknown): Read<ReadinessInput> => read(readinessInput, sent);
export const readDriftInput = (sent: unknown): Read<DriftInput> => read(driftInput, sent);
export const readHealInput = (sent: unknown): Read<HealInput> => read(healInput, sent);
export const readFreezeOrder = (sent: unknown): Read<FreezeOrder> => read(freezeOrder, sent);
export const readPhaseInput = (sent: unknown): Read<PhaseInput> => read<unknown>(phaseInput, sent) as Read<PhaseInput>;
/** The id of a request that is given back. */
export const readRequestId = (sent: unknown): Read<string> => read(name, sent);
