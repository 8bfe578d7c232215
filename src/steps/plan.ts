import { findStep, type Bundle } from '../domain/bundle.ts';
import type { Change } from '../domain/change.ts';
import type { BundleFiles, EngineContext } from '../domain/step-engine.ts';
import type { Finding } from '../domain/evidence.ts';
import { WindlassFailure, type FailureSummary } from '../domain/failure.ts';
import { stepPath } from '../domain/names.ts';
import { isSamePrerequisite, namespaceAsPrerequisite, type Prerequisite } from '../domain/prerequisite.ts';
import { shapeOf } from '../domain/shape.ts';
import type { StepKind } from '../domain/step.ts';
import { inOrder } from './in-order.ts';
import { OPENABLE, openStep, type OpenableKinds } from './open-step.ts';
import { anywhere, type Reach } from './reach.ts';

/** What one step would do, or why that cannot be told. */
export interface StepPlan {
  readonly phase: string;
  readonly step: string;
  readonly kind: StepKind;
  readonly changes: readonly Change[];
  readonly undo: string;
  readonly failure: FailureSummary | null;
  /** What its verification found, where that was asked for and it has nothing to change. */
  readonly findings?: readonly Finding[];
}

/** How many steps are planned side by side: each asks its server a few questions, and most of the time waits for them. */
const AT_A_TIME = 8;

interface PlanOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly rehearses?: boolean;
  /** What may be reached, and with which values; everything, with `env`, if absent. */
  readonly reach?: Reach;
  /** Which kinds of step are planned; all of them if absent. */
  readonly of?: (kind: StepKind) => boolean;
  /** Whether who set what differs is told, and what would not change is verified. */
  readonly looks?: boolean;
}

/**
 * Plans every step of a bundle against the live targets, some side by side, and tells them in the order of the file; without
 * Temporal. Touches nothing.
 *
 * @param options.rehearses whether engines may carry out what the bundle brings apart from the target's data.
 * @throws `options.signal.reason` once it aborts, and what an engine throws that is no WindlassFailure. A step that
 *   cannot be planned is told with its failure, and the next ones are planned.
 */
export async function* planRollout(
  bundle: Bundle,
  files: BundleFiles,
  options: PlanOptions,
  openable: OpenableKinds = OPENABLE,
): AsyncGenerator<StepPlan> {
  const { of = () => true } = options;
  const steps = shapeOf(bundle, openable.kinds).phases.flatMap((phase) =>
    phase.steps
      .filter(({ kind, included }) => of(kind) && (included || openable.openers[kind] === null))
      .map(({ name, kind }) => ({ phase: phase.name, step: name, kind })),
  );
  const earlier: StepPlan[] = [];
  const begin = async (at: (typeof steps)[number]) => ({
    at,
    planned: await planStep(bundle, files, at, options, openable),
  });
  for await (const { at, planned } of inOrder(steps, AT_A_TIME, begin)) {
    const { missing, ...rest } = planned;
    const plan = knownAfterEarlier({ ...at, ...rest }, earlier, missing);
    earlier.push(plan);
    yield plan;
  }
}

async function planStep(
  bundle: Bundle,
  files: BundleFiles,
  at: { readonly phase: string; readonly step: string; readonly kind: StepKind },
  { env, signal, rehearses = false, looks = false, reach = anywhere(env) }: PlanOptions,
  openable: OpenableKinds,
): Promise<
  Pick<StepPlan, 'changes' | 'undo' | 'failure' | 'findings'> & { readonly missing?: readonly Prerequisite[] }
> {
  if (openable.openers[at.kind] === null) return { changes: [], undo: 'Nothing to undo: it is a gate.', failure: null };
  const step = findStep(bundle, at.phase, at.step);
  if (!step) throw new RangeError(`the bundle has no step ${at.phase}/${at.step}`);
  const { rollout, environment } = bundle;
  const owner: EngineContext['owner'] = {
    rollout,
    environment,
    bundle: '',
    run: 'plan',
    phase: at.phase,
    step: at.step,
  };
  try {
    const bound = await openStep(bundle, step, reach, openable);
    try {
      const context = { files, signal, resolve: reach.resolve, owner, progress: () => undefined };
      const changes = await bound.plan({
        ...context,
        ...(rehearses ? { rehearses } : {}),
        ...(looks ? { authors: looks } : {}),
      });
      const undo = bound.undo();
      if (!looks || changes.some(({ action }) => action !== 'unchanged')) return { changes, undo, failure: null };
      return { changes, undo, failure: null, findings: await bound.verify(context) };
    } finally {
      await bound.close();
    }
  } catch (error) {
    if (!(error instanceof WindlassFailure)) throw error;
    const { missing } = error.options;
    return { changes: [], undo: '', failure: error.summary(), ...(missing === undefined ? {} : { missing }) };
  }
}

/**
 * Tells apart, in the plan of a whole rollout, what cannot be planned from what cannot be planned *yet*: a namespace, a
 * kind or a database that an earlier step would make. The engines plan one step and know of no others, so they fail or
 * leave open after which step; here the earlier plans are at hand.
 *
 * @param missing what a failed plan says is missing.
 * @internal exported for its tests
 */
export function knownAfterEarlier(
  plan: StepPlan,
  earlier: readonly StepPlan[],
  missing: readonly Prerequisite[] = [],
): StepPlan {
  if (plan.failure !== null) {
    const maker = makerOf(missing, earlier);
    return maker === null ? plan : { ...plan, failure: null, changes: [openChange(plan, maker)] };
  }
  const changes = plan.changes.map((change) => {
    if (change.action !== 'unknown' || change.knownAfter !== undefined) return change;
    const maker = makerOf(change.missing ?? [], earlier);
    return maker === null ? change : { ...change, knownAfter: maker };
  });
  return { ...plan, changes };
}

/** The step after which all that is missing is there; null when nothing is missing, or nobody makes it. */
function makerOf(missing: readonly Prerequisite[], earlier: readonly StepPlan[]): string | null {
  const makers = missing.map((needed) => {
    const maker = earlier.findLastIndex((step) => makes(step, needed));
    const namespace = needed.is === 'object' ? needed.object.namespace : undefined;
    if (maker >= 0 || namespace === undefined) return maker;
    // An object of a namespace that is not there yet may itself be known later: it cannot be there before its namespace.
    return earlier.findLastIndex((step) => makes(step, namespaceAsPrerequisite(namespace)));
  });
  const last = earlier[Math.max(-1, ...makers)];
  return last === undefined || makers.includes(-1) ? null : stepPath(last.phase, last.step);
}

function makes({ changes }: StepPlan, needed: Prerequisite): boolean {
  return changes.some((change) => change.makes?.some((made) => isSamePrerequisite(made, needed)) === true);
}

function openChange(plan: StepPlan, knownAfter: string): Change {
  return {
    action: 'unknown',
    what: `everything of ${stepPath(plan.phase, plan.step)}`,
    destructive: false,
    knownAfter,
  };
}
