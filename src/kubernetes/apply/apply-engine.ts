import { createHash } from 'node:crypto';
import { summarizePlan, type Change } from '../../domain/change.ts';
import { durationMs } from '../../domain/duration.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApplySpec } from '../../domain/kinds/kubernetes-apply.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { applyPlan } from './apply.ts';
import { ApplyProgress } from './progress.ts';
import { refuseImpossible } from './refuse.ts';
import type { KubernetesClient } from '../client/client.ts';
import { combined } from '../combined.ts';
import { findingsOf } from '../evidence/apply-findings.ts';
import { kindKey, labelOf } from '../identity.ts';
import { inventoryOf, type InventoryHome, type InventoryRef } from '../inventory/apply-set.ts';
import { contentsOf } from '../inventory/contents.ts';
import { FenceGuard } from '../inventory/fence-guard.ts';
import { recordMembers } from '../inventory/inventory.ts';
import { JobMemory } from '../inventory/job-memory.ts';
import { asMembers, withForeignMembership } from '../inventory/membership.ts';
import { declare } from '../declare.ts';
import { changeOf, type Planned } from '../plan/planned.ts';
import { withFinishedJobs } from '../inventory/finished-in-plan.ts';
import { planObjects } from '../plan/plan.ts';
import { isCompleteJob } from '../status/job.ts';
import { OwnRules } from '../status/own-rules.ts';
import { assertPermitted, explained } from '../preflight/preflight.ts';
import type { Graces } from '../wait/suspicion.ts';
import { lean, outline } from '../wait/outline.ts';
import { waitUntilReady } from '../wait/wait.ts';

export interface KubernetesApplyOptions {
  /** How long trouble of pods may last before it is called a stall. */
  readonly graces?: Graces;
  /** Where it is written down what the rollout owns; absent: nowhere, and nothing is labelled. */
  readonly inventory?: InventoryHome;
  /** Whether somebody must answer for taking over what others have set. */
  readonly asksOverForeign?: boolean;
}

const UNDO =
  'Not by itself: objects it created can be deleted, and fields it changed go back by applying the bundle that set them before.';

/** What a change asks an answer for that overwrites what another field manager has set. */
const FOREIGN = 'set by others';

/** The engine of `kubernetes.apply` on one cluster. The client stays the caller's, who closes it. */
export function kubernetesApplyEngine(
  client: KubernetesClient,
  options: KubernetesApplyOptions = {},
): StepEngine<KubernetesApplySpec> {
  const home = options.inventory;
  const planOf = async (spec: KubernetesApplySpec, context: EngineContext): Promise<readonly Planned[]> => {
    const declared = await declare(spec, context, client);
    try {
      if (home === undefined) return await planObjects(declared, client, context.signal);
      const inventory = inventoryOf(home, context.owner);
      const planned = await planObjects(asMembers(declared, inventory.id), client, context.signal);
      return await withFinishedJobs(withForeignMembership(planned, inventory.id), inventory, client, context.signal);
    } catch (error) {
      throw await explained(error, declared, client, context.signal);
    }
  };

  return {
    plan: async (spec, context): Promise<readonly Change[]> =>
      (await planOf(spec, context)).map((item) => asking(item, changeOf(item, spec.force, context.authors))),

    apply: async (spec, context): Promise<Applied> => {
      const planned = await planOf(spec, context);
      const progress = new ApplyProgress(planned.length, context.resume);
      const guard = new FenceGuard(client, context, home?.namespace);
      refuseImpossible(planned, spec.force);
      assertShown(
        planned.map((item) => asking(item, changeOf(item, spec.force))),
        context,
      );
      const inventory = home === undefined ? undefined : inventoryOf(home, context.owner);
      await assertPermitted(planned, client, context.signal, { wait: spec.wait, inventory: inventory?.ref });
      if (inventory !== undefined) await record(inventory, planned, guard, context.signal);
      const rules = readinessOf(spec, planned);
      const memory = home === undefined ? null : new JobMemory(home, client, guard, context);
      memory?.plan(planned);
      const finished = new Map<string, string>();
      let latest: ReadonlyMap<string, KubernetesObject>;
      try {
        latest = await applyPlan(planned, client, context, progress, {
          force: spec.force,
          definedWithinMs: durationMs(spec.readyWithin),
          guard,
          written: async (declared, object) => memory?.made(declared, object),
        });
        const note = (key: string, time: string): void => {
          finished.set(key, time);
          memory?.completed(key, time);
        };
        if (rules !== null) latest = await waitFor(latest, rules, note, spec, context, progress);
      } catch (error) {
        // A retry must not run again what has ended; the failure of the step is the one that counts.
        await memory?.keep().catch(() => undefined);
        throw error;
      }
      await memory?.keep();
      const changes = planned.map((item, index) => asking(item, appliedChange(item, progress.done(index), spec.force)));
      const seen = planned.map(({ declared, finished: before }) => {
        const object = latest.get(declared.key) ?? null;
        const isGone = object === null || !isCompleteJob(object);
        return {
          declared,
          object,
          same: true,
          finished: (isGone ? finished.get(declared.key) : undefined) ?? before?.at,
        };
      });
      return { changes, findings: await findingsOf(seen, client, rules, context.signal) };
    },

    verify: async (spec, context): Promise<readonly Finding[]> => {
      const planned = await planOf(spec, context);
      const seen = planned.map(({ declared, live, action, finished }) => ({
        declared,
        object: live,
        same: action === 'unchanged',
        finished: finished?.at,
      }));
      return findingsOf(seen, client, readinessOf(spec, planned), context.signal);
    },

    undo: () => UNDO,
  };

  /** What others have set since the plan was answered for: an attempt that goes on finds less than that, and is not asked. */
  function assertShown(changes: readonly Change[], { shown, resume }: EngineContext): void {
    if (options.asksOverForeign !== true || shown === undefined || resume !== undefined) return;
    if (summarizePlan(changes, '', sha256).destructiveDigest === shown) return;
    const asked = changes.filter(({ asks }) => asks !== undefined).map(({ what }) => what);
    throw new WindlassFailure('OwnershipConflict', 'Others have set fields of it since the plan was made.', {
      object: asked.join(', '),
      next: 'Retry the step: it plans anew, and opens a gate over what it would overwrite.',
      facts: { applied: 0, asked },
    });
  }

  /** Without force nothing of others is taken over: the step is refused, and parks. */
  function asking({ action, conflicts }: Planned, change: Change): Change {
    const isAsked = options.asksOverForeign === true && action !== 'unchanged' && conflicts.length > 0;
    return isAsked ? { ...change, asks: FOREIGN } : change;
  }

  /** Before the first write. The fence comes before the inventory: that is written by its holder alone. */
  async function record(
    inventory: InventoryRef,
    planned: readonly Planned[],
    guard: FenceGuard,
    signal: AbortSignal,
  ): Promise<void> {
    if (planned.every(({ action }) => action === 'unchanged')) return;
    await guard.hold(labelOf(inventory.ref));
    await recordMembers(inventory, contentsOf(planned.map(({ declared }) => declared.ref)), client, signal);
  }

  async function waitFor(
    stored: ReadonlyMap<string, KubernetesObject>,
    rules: OwnRules,
    finished: (key: string, time: string) => void,
    spec: KubernetesApplySpec,
    context: EngineContext,
    progress: ApplyProgress,
  ): Promise<ReadonlyMap<string, KubernetesObject>> {
    progress.enter('wait');
    try {
      return await waitUntilReady([...stored.values()], client, {
        withinMs: durationMs(spec.readyWithin),
        stableForMs: spec.stableFor === undefined ? 0 : durationMs(spec.stableFor),
        judge: rules.judge,
        finished,
        keep: (object) => (rules.has(object) ? lean(object) : outline(object)),
        signal: context.signal,
        progress: ({ ready, waitingFor, blockedBy }) => {
          context.progress({ ...progress.state(), ready, waitingFor, ...(blockedBy ? { blockedBy } : {}) });
        },
        ...options,
      });
    } catch (error) {
      // Everything is applied by now: whoever reads the failure must know.
      if (error instanceof WindlassFailure) throw combined([error], { applied: stored.size });
      throw error;
    }
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** How readiness is judged; null when it is not waited for, and no claim is made of it. */
function readinessOf(spec: KubernetesApplySpec, planned: readonly Planned[]): OwnRules | null {
  if (!spec.wait) return null;
  const withoutStatus = planned.flatMap(({ declared }) => (declared.withoutStatus ? [kindKey(declared.ref)] : []));
  return new OwnRules(spec.readiness ?? [], new Set(withoutStatus));
}

/** What was done to an object, by this attempt or by an earlier one that did not come to its end. */
function appliedChange(planned: Planned, earlier: 'create' | 'update' | null, force: boolean): Change {
  const change = changeOf(planned, force);
  return change.action === 'unchanged' && earlier !== null
    ? { ...change, action: earlier, detail: ['by an earlier attempt of this step'] }
    : change;
}
