import type { Config } from './config.ts';
import { standingApprovals } from './domain/approving.ts';
import { openBundle } from './bundle/store.ts';
import { findStep } from './domain/bundle.ts';
import { summarizePlan, type Change, type PlanSummary } from './domain/change.ts';
import { ofType } from './domain/entries.ts';
import { WindlassFailure } from './domain/failure.ts';
import { short, type OpenGate } from './domain/gate.ts';
import { stepPath } from './domain/names.ts';
import type { Opening } from './domain/opening.ts';
import { isOver, newestOpening } from './domain/openings.ts';
import type { RecordEntry } from './domain/record-entry.ts';
import type { RolloutStatus } from './domain/status.ts';
import { recordOf } from './record-of.ts';
import { openStore } from './store/open.ts';
import { sha256 } from './store/sha256.ts';

/** An open gate as the record of its run has it. */
export interface RecordedGate {
  readonly gate: OpenGate;
  /** All changes that are decided: the gate itself carries only the first few. Null where they are not at hand. */
  readonly changes: readonly Change[] | null;
  /**
   * What vouches for the gate: `recorded`, an entry that a worker has written; `status` alone, which whoever polls the task queue
   * can make up. Runs that began before workers wrote such entries have none.
   */
  readonly by: 'recorded' | 'status' | 'status of a run of before';
}

/**
 * Looks an open gate up in the record. A store that does not answer, or is another than the workers', is no failure: then only the
 * status vouches for the gate.
 *
 * @throws WindlassFailure `DecisionDenied` when the record of the run reads, and has another opening of the gate or no such plan: a gate
 *   is shown by whoever answers in the name of the rollout, and is on record before it opens.
 */
export async function recordedGate(
  config: Pick<Config, 'store' | 'policy'>,
  status: Pick<RolloutStatus, 'environment' | 'rollout' | 'run' | 'bundle'>,
  gate: OpenGate,
): Promise<RecordedGate> {
  const entries = await entriesOf(config, status);
  const own = entries.filter(({ scope }) => scope.phase === gate.phase && scope.step === gate.step);
  const start = ofType(entries, 'start')[0];
  const plan = planOf(own, gate);
  if (plan === undefined && gate.plan !== null && start !== undefined) throw notOnRecord(gate);
  if (plan !== undefined && gate.plan === null) throw hidesChanges(gate, plan.summary);
  // What is signed is the digest, so what is shown must be what it is of, whatever became of the store.
  const isWhole =
    plan !== undefined && summarizePlan(plan.changes, '', sha256).changeDigest === plan.summary.changeDigest;
  const changes = isWhole ? plan.changes : null;
  if (start === undefined) return { gate, changes, by: 'status' };
  const over = newestOpening(own, gate.phase, gate.step);
  if (over === null && start.body.gates === undefined) return { gate, changes, by: 'status of a run of before' };
  if (over === null || !isShown(gate, over) || start.scope.bundle !== status.bundle) throw otherOpening(gate, over);
  const decisions = ofType(own, 'decision').filter(({ body }) => body.denial === null && isOver(body.decision, over));
  const { withdrawals } = standingApprovals(decisions.map(({ body }) => body.decision));
  const reason = (await reasonOf(config, start.scope.bundle, gate)) ?? gate.reason;
  // Its text too is what a worker has planned.
  const planned = isWhole ? { plan: plan.summary } : {};
  return { gate: { ...gate, ...planned, reason, withdrawals }, changes, by: 'recorded' };
}

/**
 * The gate that somebody is about to sign for, as a worker has put it on record.
 *
 * @throws WindlassFailure `DecisionDenied` as `recordedGate` does, and where nobody but the status vouches for the gate.
 */
export async function gateToSign(...shown: Parameters<typeof recordedGate>): Promise<OpenGate> {
  const { gate, by } = await recordedGate(...shown);
  if (by === 'status') throw notAtHand(gate);
  return gate;
}

/** Why nobody signs without the record. */
export function notAtHand(gate: OpenGate): WindlassFailure {
  return new WindlassFailure(
    'DecisionDenied',
    'Nothing was signed: the record of this run is not at hand, and what the status says of a gate can be made up.',
    {
      object: stepPath(gate.phase, gate.step),
      next: 'Set WINDLASS_STORE to the store that the workers write to. To sign what the status says all the same, add --as-shown.',
    },
  );
}

async function entriesOf(
  config: Pick<Config, 'store' | 'policy'>,
  { environment, rollout, run }: Pick<RolloutStatus, 'environment' | 'rollout' | 'run'>,
): Promise<readonly RecordEntry[]> {
  try {
    const types = ['start', 'plan', 'gate', 'decision'] as const;
    return (await recordOf(config).read({ environment, rollout, run, types })).entries;
  } catch (error) {
    if (error instanceof WindlassFailure) return [];
    throw error;
  }
}

/** The plan of the changes that are decided, and of no others of this step. */
function planOf(own: readonly RecordEntry[], { changeDigest }: OpenGate) {
  return ofType(own, 'plan').findLast(({ body }) => body.summary.changeDigest === changeDigest)?.body;
}

/** What the rollout's own file says that its gate is for; null where it says nothing, or is not at hand. */
async function reasonOf({ store }: Pick<Config, 'store'>, digest: string, gate: OpenGate): Promise<string | null> {
  try {
    const { bundle } = await openBundle(openStore(store.url, store.s3), digest);
    return findStep(bundle, gate.phase, gate.step)?.approval?.reason ?? null;
  } catch (error) {
    if (error instanceof WindlassFailure) return null;
    throw error;
  }
}

function isShown({ opening, changeDigest, waives }: OpenGate, over: Opening): boolean {
  return opening === over.opening && changeDigest === over.changeDigest && (waives ?? null) === over.waives;
}

function otherOpening({ phase, step, opening = 0, changeDigest }: OpenGate, over: Opening | null): WindlassFailure {
  const shown = `opening ${String(opening)} of the gate, over ${short(changeDigest)}`;
  const recorded =
    over === null ? 'has no opening of it' : `has opening ${String(over.opening)}, over ${short(over.changeDigest)}`;
  return new WindlassFailure(
    'DecisionDenied',
    `The status shows ${shown}, and the record of this run ${recorded}: the gate has just opened anew, or somebody answers in the name of the rollout.`,
    { object: stepPath(phase, step), next: NEXT },
  );
}

function notOnRecord({ phase, step, changeDigest }: OpenGate): WindlassFailure {
  return new WindlassFailure(
    'DecisionDenied',
    `The record of this run has no plan of the changes that the gate shows (${short(changeDigest)}): nobody has planned them, or somebody answers in the name of the rollout.`,
    { object: stepPath(phase, step), next: NEXT },
  );
}

function hidesChanges({ phase, step }: OpenGate, { counts, destructive }: PlanSummary): WindlassFailure {
  const all = Object.entries(counts).map(([action, count]) => `${String(count)} to ${action}`);
  return new WindlassFailure(
    'DecisionDenied',
    `The gate is shown without changes, and the record of this run has some under what would be signed (${all.join(', ')}; ${String(destructive)} of them destroy data): somebody answers in the name of the rollout.`,
    { object: stepPath(phase, step), next: NEXT },
  );
}

const NEXT =
  'Ask for the status again. If it stays, decide nothing, and look who polls the task queue (docs/threat-model.md).';
