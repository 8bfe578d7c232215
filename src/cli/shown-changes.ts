import type { OpenGate, RolloutStatus } from '../client.ts';
import type { Config } from '../config.ts';
import { summarizePlan, type Change } from '../domain/change.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { short } from '../domain/gate.ts';
import { stepPath } from '../domain/names.ts';
import { sha256 } from '../store/sha256.ts';
import { recordedEntries } from './recorded.ts';

/**
 * All changes that an open gate waits on, from the record: the gate itself carries only the first few. Null when they are
 * not at hand, since the store may be one that only workers reach. Never throws a failure of the store.
 *
 * @throws WindlassFailure `DecisionDenied` when the record of the run reads, and has no such plan: a gate is shown by whoever answers in
 *   the name of the rollout, and a plan is on record before its gate opens.
 */
export async function shownChanges(
  config: Config,
  status: RolloutStatus,
  gate: OpenGate,
): Promise<readonly Change[] | null> {
  if (gate.plan === null) return null;
  try {
    const { entries } = await recordedEntries(config, status, status.run);
    const body = entries
      .filter(({ scope }) => scope.phase === gate.phase && scope.step === gate.step)
      .map((entry) => entry.body)
      // Of the changes that are approved, and of no other plan of this step.
      .findLast((one) => one.type === 'plan' && one.summary.changeDigest === gate.changeDigest);
    // What is signed is the digest, so what is shown must be what it is of, whatever became of the store.
    const intact = body?.type === 'plan' && summarizePlan(body.changes, '', sha256).changeDigest === gate.changeDigest;
    if (intact) return body.changes;
    if (body === undefined && entries.some((entry) => entry.body.type === 'start')) throw notOnRecord(gate);
    return null;
  } catch (error) {
    if (error instanceof WindlassFailure && error.type !== 'DecisionDenied') return null;
    throw error;
  }
}

function notOnRecord({ phase, step, changeDigest }: OpenGate): WindlassFailure {
  return new WindlassFailure(
    'DecisionDenied',
    `The record of this run has no plan of the changes that the gate shows (${short(changeDigest)}): nobody has planned them, or somebody answers in the name of the rollout.`,
    {
      object: stepPath(phase, step),
      next: 'Decide nothing. Look who polls the task queue (docs/threat-model.md), then ask for the status again.',
    },
  );
}
