import { Context } from '@temporalio/activity';
import { findStep, type Bundle } from '../domain/bundle.ts';
import { damageNote, type DamagedEntry } from '../domain/damage.ts';
import { youngEnough, type Freshness } from '../domain/drill/freshness.ts';
import { drillHistory, proofsOf } from '../domain/drill/history.ts';
import type { Proof } from '../domain/drill/verdict.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { missingProof } from '../domain/interlock.ts';
import { stepPath } from '../domain/names.ts';
import type { RunRecord } from '../record/record.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import type { StepRef, WindlassActivities } from '../contract/activities.ts';

type ProofDeps = Pick<ActivityDeps, 'openBundle' | 'provenThere'> & { readonly record: Pick<RunRecord, 'read'> };

/** How often a cluster that does not answer is asked before its proofs are missing. */
const ASKED = 5;

/** The activities that ask the record what drills have proven, and clusters whether they still have it. */
export function proofActivities(deps: ProofDeps): Pick<WindlassActivities, 'missingProof' | 'judgeFreshness'> {
  return {
    missingProof: guarded((ref) => lackingProofOrWhyNot(deps, ref)),

    judgeFreshness: guarded(async (ref): Promise<Freshness> => {
      const drill = stepPath(ref.phase, ref.step);
      const { bundle } = await deps.openBundle(ref.scope.bundle);
      const limit = limitOf(bundle, ref);
      const recorded = await recordedProofs(deps, ref);
      const own = of(recorded, [drill]);
      // What was proven is not stale because its cluster is out of reach for a while.
      const known = await confirmed(deps, bundle, own, limit).catch((error: unknown) =>
        doubted(own, `its cluster did not confirm it (${saidAtLast(error)})`),
      );
      const newest = known.proofs[0] ?? null;
      const stale = youngEnough(known.proofs, limit, Date.now()) === null;
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

/** The same, where a cluster that does not answer keeps no gate from opening. @throws ApplicationFailure, see `saidAtLast`. */
export async function lackingProofOrWhyNot(deps: ProofDeps, ref: StepRef): Promise<string | null> {
  try {
    return await lackingProof(deps, ref);
  } catch (error) {
    // Whoever waits for a cluster that is gone must see why, and may waive.
    return `no proof that its cluster confirms (${saidAtLast(error)})`;
  }
}

/**
 * What the rollout's interlock misses before data may be destroyed, in words; null when nothing. A proof counts while its cluster has
 * its backup.
 *
 * @throws WindlassFailure `BundleMissing`, `BundleCorrupt`; of the store, and of the clusters of its drills.
 */
export async function lackingProof(deps: ProofDeps, ref: StepRef): Promise<string | null> {
  const { bundle } = await deps.openBundle(ref.scope.bundle);
  const { interlock } = bundle;
  if (interlock === undefined) return null;
  const recorded = await recordedProofs(deps, ref);
  const asked = interlock.drills === undefined ? recorded : of(recorded, interlock.drills);
  const known = await confirmed(deps, bundle, asked, interlock.provenWithin);
  const lacks = missingProof(interlock, known.proofs, Date.now());
  return lacks === null || known.doubt === null ? lacks : `${lacks}; ${known.doubt}`;
}

async function recordedProofs(deps: ProofDeps, { scope: { environment, rollout } }: StepRef): Promise<KnownProofs> {
  const { entries, damaged } = await deps.record.read({ environment, rollout, types: ['drill'] });
  return { proofs: proofsOf(drillHistory(entries)), doubt: doubtOf(damaged) };
}

/** Without the proofs that are young enough to count and whose backup their cluster does not have, or no longer as proven. */
async function confirmed(deps: ProofDeps, bundle: Bundle, known: KnownProofs, limit: string): Promise<KnownProofs> {
  const young = known.proofs.filter((proof) => youngEnough([proof], limit, Date.now()) !== null);
  const drills = [...new Set(young.map(({ drill }) => drill))];
  const there = new Map(
    await Promise.all(drills.map(async (drill) => [drill, await deps.provenThere(bundle, drill)] as const)),
  );
  const gone = young.filter(({ drill, backup }) => there.get(drill)?.has(backup) !== true);
  const [newest] = gone;
  if (newest === undefined) return known;
  const elsewhere = `the cluster of ${newest.drill} has no ${newest.backup} that is marked as proven`;
  return doubted({ ...known, proofs: known.proofs.filter((proof) => !gone.includes(proof)) }, elsewhere);
}

/** What a failure says once it was met often enough; it is thrown until then. */
function saidAtLast(error: unknown): string {
  if (!(error instanceof WindlassFailure) || Context.current().info.attempt < ASKED) throw error;
  return error.message.replace(/\.$/, '');
}

function of(known: KnownProofs, drills: readonly string[]): KnownProofs {
  return { ...known, proofs: known.proofs.filter(({ drill }) => drills.includes(drill)) };
}

function doubted({ proofs, doubt }: KnownProofs, why: string): KnownProofs {
  return { proofs, doubt: doubt === null ? why : `${why}; ${doubt}` };
}

/** What the record has of proven backups, youngest first. */
interface KnownProofs {
  readonly proofs: readonly Proof[];
  /** Which verdicts do not read, so that there may be more proofs, and which backup is not there; null when all is as recorded. */
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
