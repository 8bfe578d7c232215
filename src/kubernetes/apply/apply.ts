import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { combined, isRetryable } from '../combined.ts';
import { concurrently } from '../concurrently.ts';
import { kindKey } from '../identity.ts';
import type { FenceGuard } from '../inventory/fence-guard.ts';
import type { Declared } from '../declare.ts';
import { isDefinition } from '../../manifests/definitions.ts';
import { inStages } from '../order.ts';
import type { Planned } from '../plan/planned.ts';
import { untilServed } from './definitions.ts';
import type { ApplyProgress } from './progress.ts';
import { takeFromOthers } from './take-from-others.ts';

export interface ApplyOptions {
  readonly force: boolean;
  /** How long definitions may take until their kinds are served. */
  readonly definedWithinMs: number;
  readonly guard: FenceGuard;
  /** Told of each object that was written, before the next stage; what it throws counts as that object's failure. */
  readonly written?: (declared: Declared, object: KubernetesObject) => Promise<void>;
}

const KEPT = 100;

/**
 * Carries a plan out that `refuseImpossible` let pass, stage by stage. What is unchanged is not written. A refused object
 * does not keep its stage from being finished, so that all refusals are told together; anything that a retry may heal ends
 * the apply at once.
 *
 * @returns the objects as stored now, by key.
 * @throws WindlassFailure with facts that say what was applied, what failed and what was not tried.
 */
export async function applyPlan(
  planned: readonly Planned[],
  client: KubernetesClient,
  context: EngineContext,
  progress: ApplyProgress,
  options: ApplyOptions,
): Promise<ReadonlyMap<string, KubernetesObject>> {
  const stored = new Map<string, KubernetesObject>();
  const failures: WindlassFailure[] = [];
  const indexed = planned.map((item, index) => ({ item, index }));
  for (const { stage, items } of inStages(indexed, ({ item }) => item.declared.ref)) {
    progress.enter(stage);
    context.progress(progress.state());
    await concurrently(
      items,
      async ({ item, index }) => {
        try {
          const object = await applyOne(item, client, context, options);
          if (object !== null) stored.set(item.declared.key, object);
          progress.count();
          if (item.action === 'unchanged' || item.action === 'replace') return;
          progress.wrote(index, item.action);
          context.progress(progress.state());
          if (object !== null) await options.written?.(item.declared, object);
        } catch (error) {
          if (!(error instanceof WindlassFailure)) throw error;
          failures.push(error);
        }
      },
      () => failures.every((failure) => !endsAll(failure)),
    );
    if (failures.length > 0) throw combined(failures, accountOf(planned, stored, failures));
    if (stage === 'definitions') await definitionsServed(planned, stored, client, context, options);
  }
  return stored;
}

async function applyOne(
  { declared, action, live, first, letGo }: Planned,
  client: KubernetesClient,
  context: EngineContext,
  { force, guard }: ApplyOptions,
): Promise<KubernetesObject | null> {
  if (action === 'unchanged') return live;
  await guard.hold(declared.label);
  if (first !== undefined) await client.apply(first, { signal: context.signal });
  if (letGo !== undefined) await takeFromOthers(declared, letGo, client, context.signal);
  return client.apply(declared.object, { force, signal: context.signal });
}

function endsAll(failure: WindlassFailure): boolean {
  return isRetryable(failure) || failure.type === 'FenceLost' || failure.type === 'AccessDenied';
}

async function definitionsServed(
  planned: readonly Planned[],
  stored: ReadonlyMap<string, KubernetesObject>,
  client: KubernetesClient,
  context: EngineContext,
  options: ApplyOptions,
): Promise<void> {
  const kinds = new Map(planned.map(({ declared }) => [kindKey(declared.ref), declared.ref]));
  const definitions = [...stored.values()].filter(isDefinition);
  await untilServed(definitions, [...kinds.values()], client, options.definedWithinMs, context.signal);
}

/** What a failed apply has done and left undone. */
function accountOf(
  planned: readonly Planned[],
  stored: ReadonlyMap<string, KubernetesObject>,
  failures: readonly WindlassFailure[],
): { readonly [key: string]: Json } {
  const failed = new Set(failures.map((failure) => failure.options.object ?? ''));
  const rest = planned.filter(({ declared }) => !stored.has(declared.key));
  const notTried = rest
    .filter(({ action, declared }) => action !== 'unchanged' && !failed.has(declared.label))
    .map(({ declared }) => declared.label);
  const written = planned.filter(({ action, declared }) => action !== 'unchanged' && stored.has(declared.key));
  return {
    applied: stored.size,
    written: written.slice(0, KEPT).map(({ declared }) => declared.label),
    failed: [...failed].sort().slice(0, KEPT),
    notTried: notTried.slice(0, KEPT),
    of: planned.length,
  };
}
