import { findStep, type Bundle } from '../domain/bundle.ts';
import { damageNote, type DamagedEntry } from '../domain/damage.ts';
import { youngEnough, type Freshness } from '../domain/drill/freshness.ts';
import { drillHistory, proofsOf } from '../domain/drill/history.ts';
import type { Proof } from '../domain/drill/verdict.ts';
import { missingProof } from '../domain/interlock.ts';
import { stepPath } from '../domain/names.ts';
import type { RunRecord } from '../record/record.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import type { StepRef, WindlassActivities } from '../contract/activities.ts';

type ProofDeps = Pick<ActivityDeps, 'openBundle'> & { readonly record: Pick<RunRecord, 'read'> };

/** The activities that ask the record what drills have proven. */
export function proofActivities(deps: ProofDeps): Pick<WindlassActivities, 'missingProof' | 'judgeFreshness'> {
  return {
    missingProof: guarded((ref) => lackingProof(deps, ref)),

    judgeFreshness: guarded(async (ref): Promise<Freshness> => {
      const drill = stepPath(ref.phase, ref.step);
      const known = await knownProofs(deps, ref);
      const own = known.proofs.filter((proof) => proof.drill === drill);
      const limit = limitOf((await deps.openBundle(ref.scope.bundle)).bundle, ref);
      const newest = own[0] ?? null;
      const stale = youngEnough(own, limit, Date.now()) === null;
      const doubt = known.doubt === null ? {} : { doubt: known.doubt };
      return { newest, limit, stale, known: stale && (await isOnRecord(ref, newest)), ...doubt };
    }),
  };

  /** Whether it was told before that nothing was proven since this proof. */
  async function isOnRecord({ scope: { environment, rollout }, phase, step }: StepRef, newest: Proof | null) {
    const { entries } = await deps.record.read({ environment, rollout, types: ['stale'] });
    return entries.some(
      ({ scope, body }) =>
        scope.phase === phase && scope.step === step && body.type === 'stale' && body.newest?.backup === newest?.backup,
    );
  }
}

/**
 * What the rollout's interlock misses before data may be destroyed, in words; null when nothing.
 *
 * @throws WindlassFailure `BundleMissing`, `BundleCorrupt`; of the store.
 */
export async function lackingProof(deps: ProofDeps, ref: StepRef): Promise<string | null> {
  const { interlock } = (await deps.openBundle(ref.scope.bundle)).bundle;
  if (interlock === undefined) return null;
  const known = await knownProofs(deps, ref);
  const lacks = missingProof(interlock, known.proofs, Date.now());
  return lacks === null || known.doubt === null ? lacks : `${lacks}; ${known.doubt}`;
}

async function knownProofs(deps: ProofDeps, { scope: { environment, rollout } }: StepRef): Promise<KnownProofs> {
  const { entries, damaged } = await deps.record.read({ environment, rollout, types: ['drill'] });
  return { proofs: proofsOf(drillHistory(entries)), doubt: doubtOf(damaged) };
}

/** What the record has of proven backups, youngest first. */
interface KnownProofs {
  readonly proofs: readonly Proof[];
  /** Which verdicts do not read, so that there may be more proofs; null when all read. */
  readonly doubt: string | null;
}

/** A verdict that does not read proves nothing, so it can only keep a rollout from destroying. */
function doubtOf(damaged: readonly DamagedEntry[]): string | null {
  return damaged.length === 0 ? null : `${damageNote(damaged)}, and may prove more`;
}

/** What the rollout asks for before it destroys data; else what the drill itself takes for enough. */
function limitOf(bundle: Bundle, { phase, step }: StepRef): string {
  const found = findStep(bundle, phase, step);
  return bundle.interlock?.provenWithin ?? (found?.kind === 'velero.drill' ? found.with.maxAge : '24h');
}
