import type { Change } from '../../domain/change.ts';
import { durationMs } from '../../domain/duration.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesRecreateSpec } from '../../domain/kinds/kubernetes-recreate.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { refuseImpossible } from '../apply/refuse.ts';
import type { KubernetesClient } from '../client/client.ts';
import { concurrently } from '../concurrently.ts';
import { findingsOf } from '../evidence/apply-findings.ts';
import { readList } from '../../domain/json-fields.ts';
import { labelOf } from '../identity.ts';
import { inventoryOf, type InventoryHome } from '../inventory/apply-set.ts';
import { contentsOf } from '../inventory/contents.ts';
import { FenceGuard } from '../inventory/fence-guard.ts';
import { forgetJobs, goesByItself, jobKey } from '../inventory/finished-jobs.ts';
import { recordMembers } from '../inventory/inventory.ts';
import { JobMemory } from '../inventory/job-memory.ts';
import { assertMay } from '../preflight/rights.ts';
import { PLAYBOOKS } from '../playbooks/index.ts';
import { isCompleteJob } from '../status/job.ts';
import { OwnRules } from '../status/own-rules.ts';
import type { VerbOptions } from '../verb-options.ts';
import { waitUntilReady } from '../wait/wait.ts';
import { changesOf, doingsOf } from './changes.ts';
import { goingOf, writeIntent, type Intent } from '../playbooks/intent.ts';
import { declaredObject, lookAt, type Looked } from './live-to-recreate.ts';
import { moveClaim } from './move-claim.ts';
import { removeObject } from './remove.ts';

/** Whatever is left of an object is looked for again after it went; something that always comes back ends the step. */
const ROUNDS = 5;
/** What is recreated is of kinds whose readiness is known. */
const NO_RULES = new OwnRules([]);

/**
 * The engine of `kubernetes.recreate`. What is done next is told by the cluster and by the intent that is kept there, so
 * that an attempt may be killed anywhere: see `docs/decisions/0011-recreate.md`.
 */
export function kubernetesRecreateEngine(
  client: KubernetesClient,
  { inventory, graces }: VerbOptions = {},
): StepEngine<KubernetesRecreateSpec> {
  const look = async (spec: KubernetesRecreateSpec, context: EngineContext): Promise<Looked> =>
    lookAt(await declaredObject(spec, context, client), spec, context, client, inventory);

  return {
    plan: async (spec, context) => changesOf(await look(spec, context), spec),

    apply: async (spec, context): Promise<Applied> => {
      const first = await look(spec, context);
      const changes = reported(changesOf(first, spec), context.resume);
      context.progress({ changes: changes as unknown as Json });
      const guard = new FenceGuard(client, context, inventory?.namespace);
      refuse(first, spec);
      await assertMay(doingsOf(first, spec), client, context.signal);
      for (const { ref, to } of first.recreation.resize) {
        await guard.hold(labelOf(ref));
        await client.merge(ref, { spec: { resources: { requests: { storage: to } } } }, { signal: context.signal });
      }
      const emptied = await clear(first, spec, context, guard);
      const cleared = await moveVolumes(emptied, spec, context, guard, (state) => {
        context.progress({ changes: changes as unknown as Json, ...state });
      });
      const { declared, finished: before } = cleared.planned;
      const memory = inventory === undefined ? null : new JobMemory(inventory, client, guard, context);
      memory?.plan([cleared.planned]);
      const stored = await make(cleared, spec, context, guard);
      if (stored !== null) await memory?.made(declared, stored);
      const withinMs = durationMs(spec.readyWithin);
      const { signal } = context;
      let finished: string | undefined;
      let latest: ReadonlyMap<string, KubernetesObject>;
      try {
        latest = await waitUntilReady(stored === null ? [] : [stored], client, {
          withinMs,
          signal,
          finished: (key, time) => {
            finished = time;
            memory?.completed(key, time);
          },
          progress: (state) => {
            context.progress({ changes: changes as unknown as Json, ...state });
          },
          ...(graces ? { graces } : {}),
        });
      } catch (error) {
        await memory?.keep().catch(() => undefined);
        throw error;
      }
      await memory?.keep();
      for (const one of cleared.sweep) await removeObject(one, client, guard, { withinMs, signal });
      const object = latest.get(declared.key) ?? stored;
      const isGone = object === null || !isCompleteJob(object);
      const seen = { declared, object, same: true, finished: (isGone ? finished : undefined) ?? before?.at };
      return { changes, findings: await findingsOf([seen], client, NO_RULES, signal) };
    },

    verify: async (spec, context): Promise<readonly Finding[]> => {
      const { planned, recreation, going, sweep } = await look(spec, context);
      const left = going.length + sweep.length + recreation.resize.length + recreation.moves.length;
      const same = planned.action === 'unchanged' && left === 0;
      const seen = { declared: planned.declared, object: planned.live, same, finished: planned.finished?.at };
      return findingsOf([seen], client, NO_RULES, context.signal);
    },

    undo: ({ playbook }) => PLAYBOOKS[playbook].undo,
  };

  /** Makes everything gone that is to go before the object is made, having written down first what that is. */
  async function clear(
    first: Looked,
    spec: KubernetesRecreateSpec,
    context: EngineContext,
    guard: FenceGuard,
  ): Promise<Looked> {
    const options = { withinMs: durationMs(spec.readyWithin), signal: context.signal };
    const token = ('token' in spec ? spec.token : undefined) ?? null;
    const note = async (now: Looked, stage: Intent['stage'], remove: Intent['remove']): Promise<void> => {
      await guard.hold(now.planned.declared.label);
      await writeIntent(now.of, { token, stage, remove, sweep: now.sweep.map(goingOf) }, client, context.signal);
    };
    // Whatever is killed from here on, what was removed, or is to run again, is made.
    if (inventory !== undefined && (first.due || first.going.length > 0))
      await forget(inventory, first, context, guard);
    let now = first;
    for (let round = 1; now.going.length > 0; round += 1) {
      if (round > ROUNDS) throw comesBack(now);
      // What is to be swept was found from what is gone by the next look.
      await note(now, 'removing', now.going.map(goingOf));
      const [object, ...others] = now.going;
      if (object) await removeObject(object, client, guard, options);
      await concurrently(others, (one) => removeObject(one, client, guard, options));
      now = await lookAt(now.planned.declared, spec, context, client, inventory);
    }
    if (token !== null || now.intent !== null) await note(now, 'removed', []);
    return now;
  }

  /** Nothing uses the volumes by now. */
  async function moveVolumes(
    cleared: Looked,
    spec: KubernetesRecreateSpec,
    context: EngineContext,
    guard: FenceGuard,
    progress: (state: object) => void,
  ): Promise<Looked> {
    const { moves } = cleared.recreation;
    if (spec.playbook !== 'move' || moves.length === 0) return cleared;
    const { signal } = context;
    const options = { of: cleared.of.object, spec, client, guard, withinMs: durationMs(spec.readyWithin), signal };
    await concurrently(moves, (one) => moveClaim(one, { ...options, progress, ...(graces ? { graces } : {}) }));
    return lookAt(cleared.planned.declared, spec, context, client, inventory);
  }

  async function forget(
    home: InventoryHome,
    { planned: { declared } }: Looked,
    { owner, signal }: EngineContext,
    guard: FenceGuard,
  ): Promise<void> {
    if (!goesByItself(declared.object)) return;
    await guard.hold(declared.label);
    const key = jobKey(declared.ref);
    await forgetJobs(inventoryOf(home, owner), (one) => one === key, client, signal);
  }

  /** The object as it is then; null for a Job that has come to its end and is gone. */
  async function make(
    { planned }: Looked,
    spec: KubernetesRecreateSpec,
    context: EngineContext,
    guard: FenceGuard,
  ): Promise<KubernetesObject | null> {
    const { declared, action, live } = planned;
    if (action === 'unchanged') return live;
    await guard.hold(declared.label);
    if (inventory !== undefined)
      await recordMembers(inventoryOf(inventory, context.owner), contentsOf([declared.ref]), client, context.signal);
    return client.apply(declared.object, { force: spec.force, signal: context.signal });
  }
}

/** What stands in the way for good, before anything is touched: conflicts, and immutable fields that nothing is due for. */
function refuse({ planned, recreation }: Looked, { force }: KubernetesRecreateSpec): void {
  const isLeaving = planned.live?.metadata.deletionTimestamp !== undefined;
  if (recreation.object === null && recreation.moves.length === 0 && !isLeaving) refuseImpossible([planned], force);
}

function comesBack({ planned, going }: Looked): WindlassFailure {
  return new WindlassFailure(
    'TargetBusy',
    `Something makes ${going.map(({ ref }) => labelOf(ref)).join(', ')} again.`,
    {
      object: planned.declared.label,
      next: 'Find what makes it (an operator, another rollout), stop that, then retry.',
    },
  );
}

/** What the step does as a whole: a retry sees only what an earlier attempt has left to do. */
function reported(now: readonly Change[], resume: Json | undefined): readonly Change[] {
  const earlier = readList(resume, 'changes') as unknown as readonly Change[];
  return earlier.length > 0 ? earlier : now;
}
