import type { Change } from '../../domain/change.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesAdoptSpec } from '../../domain/kinds/kubernetes-adopt.ts';
import type { KubernetesClient } from '../client/client.ts';
import { combined, isRetryable } from '../combined.ts';
import { concurrently } from '../concurrently.ts';
import { labelOf } from '../identity.ts';
import { inventoryOf, type InventoryHome } from '../inventory/apply-set.ts';
import { contentsOf } from '../inventory/contents.ts';
import { FenceGuard } from '../inventory/fence-guard.ts';
import { recordMembers } from '../inventory/inventory.ts';
import { asMembers } from '../inventory/membership.ts';
import { declare } from '../declare.ts';
import { assertMay } from '../preflight/rights.ts';
import { readLive } from '../plan/live.ts';
import { changeOf, look, refusedOf, type Adoption } from './live-to-adopt.ts';
import { LAST_APPLIED } from './ownership.ts';
import { takeOf } from './take.ts';

const UNDO =
  'Not by itself: the values before are in the plan, and who owned them; a manager gets its fields back by applying or editing them again.';
/** Controllers write while we do; each try starts from what is there then. */
const TRIES = 10;
const NAMED = 20;

/** The engine of `kubernetes.adopt` on one cluster. The client stays the caller's, who closes it. */
export function kubernetesAdoptEngine(
  client: KubernetesClient,
  { inventory: home }: { readonly inventory: InventoryHome },
): StepEngine<KubernetesAdoptSpec> {
  const planOf = async (spec: KubernetesAdoptSpec, context: EngineContext): Promise<readonly Adoption[]> => {
    const { id } = inventoryOf(home, context.owner);
    const declared = asMembers(await declare(spec, context, client), id);
    const reachable = declared.filter((item) => item.reachable).map(({ ref }) => ref);
    const live = await readLive(reachable, client, context.signal);
    const adoptions = new Map<string, Adoption>();
    await concurrently(declared, async (item) => {
      const now = live.get(item.key) ?? null;
      adoptions.set(item.key, await look(item, now, takeOf(spec, item), client, context.signal));
    });
    return declared.flatMap(({ key }) => adoptions.get(key) ?? []);
  };

  return {
    plan: async (spec, context): Promise<readonly Change[]> => (await planOf(spec, context)).map(changeOf),

    apply: async (spec, context): Promise<Applied> => {
      const adoptions = await planOf(spec, context);
      refuse(adoptions);
      const open = adoptions.filter((adoption) => adoption.open);
      await assertMay(
        [{ verbs: ['patch'], objects: open.map(({ declared }) => declared.ref) }],
        client,
        context.signal,
      );
      const guard = new FenceGuard(client, context, home.namespace);
      if (open.length > 0) {
        const inventory = inventoryOf(home, context.owner);
        await guard.hold(labelOf(inventory.ref));
        await recordMembers(inventory, contentsOf(open.map(({ declared }) => declared.ref)), client, context.signal);
      }
      let adopted = 0;
      await concurrently(open, async (adoption) => {
        await adopt(adoption, spec, guard, context.signal);
        adopted += 1;
        context.progress({ adopted, of: open.length });
      });
      return { changes: adoptions.map(changeOf), findings: findingsOf(await planOf(spec, context)) };
    },

    verify: async (spec, context): Promise<readonly Finding[]> => findingsOf(await planOf(spec, context)),

    undo: () => UNDO,
  };

  /** First the ownership, then the values: an apply without force, which takes nothing that was not let go before. */
  async function adopt(
    planned: Adoption,
    spec: KubernetesAdoptSpec,
    guard: FenceGuard,
    signal: AbortSignal,
  ): Promise<void> {
    const { declared } = planned;
    let now = planned;
    for (let tries = 1; now.live !== null && now.open; tries += 1) {
      refuse([now]);
      await guard.hold(declared.label);
      try {
        await transfer(now, signal);
        await client.apply(declared.object, { signal });
        return;
      } catch (error) {
        const moved = error instanceof WindlassFailure && (isMoved(error) || error.type === 'OwnershipConflict');
        if (!moved || tries >= TRIES) throw error;
      }
      const live = await client.get(declared.ref, { signal });
      now = await look(declared, live, takeOf(spec, declared), client, signal);
    }
  }

  async function transfer({ declared, live, ownership, annotated }: Adoption, signal: AbortSignal): Promise<void> {
    if (ownership.managedFields === null && !annotated) return;
    const metadata = {
      ...(ownership.managedFields === null ? {} : { managedFields: ownership.managedFields }),
      ...(annotated ? { annotations: { [LAST_APPLIED]: null } } : {}),
    };
    await client.merge(declared.ref, { metadata }, { resourceVersion: live?.metadata.resourceVersion, signal });
  }

  function findingsOf(adoptions: readonly Adoption[]): readonly Finding[] {
    const open = adoptions.filter((adoption) => adoption.open).map(({ declared }) => declared.label);
    const absent = adoptions.filter(({ live }) => live === null).length;
    const there = adoptions.length - absent;
    return [
      {
        kind: 'set-adopted',
        about: { objects: adoptions.length },
        holds: open.length === 0,
        how: 'real',
        source: `API server ${client.address}`,
        observed: { adopted: there - open.length, of: there, absent, open: open.slice(0, NAMED) },
        time: new Date().toISOString(),
      },
    ];
  }
}

function isMoved(failure: WindlassFailure): boolean {
  return failure.type === 'TargetBusy' && isRetryable(failure);
}

/** Refuses before anything is touched, all objects together. */
function refuse(adoptions: readonly Adoption[]): void {
  const failures = adoptions.flatMap((adoption) => refusalOf(adoption) ?? []);
  if (failures.length > 0) throw combined(failures, { adopted: 0 });
}

function refusalOf(adoption: Adoption): WindlassFailure | null {
  const object = adoption.declared.label;
  if (adoption.immutable !== null)
    return new WindlassFailure('InvalidManifest', `It differs in fields that cannot change: ${adoption.immutable}`, {
      object,
      next: 'Give the fields of the manifest the values that the object has.',
    });
  const refused = refusedOf(adoption);
  if (refused.length === 0) return null;
  return new WindlassFailure(
    'OwnershipConflict',
    `Fields with other values belong to other managers: ${refused.map(({ field, manager }) => `${field} to ${manager}`).join(', ')}.`,
    {
      object,
      next: 'Declare the value that is there, leave the field out of the manifest, or name it under `take`.',
      facts: { conflicts: refused.map(({ manager, field }) => ({ manager, field })) },
    },
  );
}
