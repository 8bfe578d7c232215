import { findStep, type Bundle } from '../domain/bundle.ts';
import type { Change } from '../domain/change.ts';
import type { BundleFiles, EngineContext } from '../domain/step-engine.ts';
import { WindlassFailure, type FailureSummary } from '../domain/failure.ts';
import { shapeOf } from '../domain/shape.ts';
import type { StepKind } from '../domain/step.ts';
import { openStep } from './open-step.ts';
import { knownAfterEarlier } from './known-after.ts';
import { resolverOf } from './resolve.ts';

/** What one step would do, or why that cannot be told. */
export interface StepPlan {
  readonly phase: string;
  readonly step: string;
  readonly kind: StepKind;
  readonly changes: readonly Change[];
  readonly undo: string;
  readonly failure: FailureSummary | null;
}

/** Plans every step of a bundle against the live targets, one after the other, without Temporal. Touches nothing. */
export async function* planRollout(
  bundle: Bundle,
  files: BundleFiles,
  options: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): AsyncGenerator<StepPlan> {
  const earlier: StepPlan[] = [];
  for (const phase of shapeOf(bundle).phases) {
    for (const { name, kind, included } of phase.steps) {
      const at = { phase: phase.name, step: name, kind };
      if (kind === 'approval') yield { ...at, changes: [], undo: 'Nothing to undo: it is a gate.', failure: null };
      else if (included) {
        const plan = knownAfterEarlier({ ...at, ...(await planStep(bundle, files, at, options)) }, earlier);
        earlier.push(plan);
        yield plan;
      }
    }
  }
}

async function planStep(
  bundle: Bundle,
  files: BundleFiles,
  at: { readonly phase: string; readonly step: string },
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Pick<StepPlan, 'changes' | 'undo' | 'failure'>> {
  const resolve = resolverOf(env);
  const step = findStep(bundle, at.phase, at.step);
  if (!step) throw new RangeError(`the bundle has no step ${at.phase}/${at.step}`);
  const { rollout, environment } = bundle;
  const owner: EngineContext['owner'] = { rollout, environment, bundle: '', run: 'plan', ...at };
  try {
    const bound = await openStep(bundle, step, resolve);
    try {
      const changes = await bound.plan({ files, signal, resolve, owner, progress: () => undefined });
      return { changes, undo: bound.undo(), failure: null };
    } finally {
      await bound.close();
    }
  } catch (error) {
    if (!(error instanceof WindlassFailure)) throw error;
    return { changes: [], undo: '', failure: error.summary() };
  }
}
