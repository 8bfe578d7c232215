import { durationMs } from '../../domain/duration.ts';
import type { Declaration } from '../../domain/kinds/descriptor.ts';
import type { Change } from '../../domain/change.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import type { KubernetesPruneSpec } from '../../domain/kinds/kubernetes-prune.ts';
import type { KubernetesClient } from '../client/client.ts';
import { readTexts } from '../../domain/json-fields.ts';
import { labelOf, refOf } from '../identity.ts';
import { inventoryOf, type InventoryHome } from '../inventory/apply-set.ts';
import { contentsOf, union } from '../inventory/contents.ts';
import { FenceGuard } from '../inventory/fence-guard.ts';
import { forgetJobs } from '../inventory/finished-jobs.ts';
import { narrowInventory } from '../inventory/inventory.ts';
import { deleteAll } from './delete.ts';
import { assertMay } from '../preflight/rights.ts';
import { changesOf, deletion, isGoing, planPrune, type PrunePlan } from './plan.ts';

export interface KubernetesPruneOptions {
  readonly inventory: InventoryHome;
  /** Every step of the bundle that declares objects on the target, skipped ones included: what they declare stays. */
  readonly declaredBy: readonly Declaration[];
}

const UNDO = 'None: a bundle that declares the objects again makes new ones, without the data that the old ones held.';
const REMEMBERED = 1_000;
const NAMED = 20;

/** The engine of `kubernetes.prune` on one cluster. The client stays the caller's, who closes it. */
export function kubernetesPruneEngine(
  client: KubernetesClient,
  { inventory: home, declaredBy }: KubernetesPruneOptions,
): StepEngine<KubernetesPruneSpec> {
  const planOf = (spec: KubernetesPruneSpec, context: EngineContext): Promise<PrunePlan> =>
    planPrune(spec, inventoryOf(home, context.owner), declaredBy, client, context);

  return {
    plan: async (spec, context): Promise<readonly Change[]> => changesOf(await planOf(spec, context)),

    apply: async (spec, context): Promise<Applied> => {
      const inventory = inventoryOf(home, context.owner);
      const plan = await planOf(spec, context);
      const earlier = readTexts(context.resume, 'deleted');
      const deleted = [...earlier];
      const tell = () => {
        context.progress({ deleted: deleted.slice(-REMEMBERED), of: plan.doomed.length + earlier.length });
      };
      tell();
      const doomed = plan.doomed.filter((object) => !isGoing(object)).map(refOf);
      await assertMay(
        [
          { verbs: ['delete'], objects: doomed },
          { verbs: ['patch'], objects: doomed.length > 0 ? [inventory.ref] : [] },
        ],
        client,
        context.signal,
      );
      const guard = new FenceGuard(client, context, home.namespace);
      await deleteAll(plan.doomed, {
        inventory,
        client,
        guard,
        signal: context.signal,
        goneWithinMs: durationMs(spec.goneWithin),
        allow: spec.allow,
        deleted: (object) => {
          deleted.push(labelOf(refOf(object)));
          tell();
        },
      });
      await guard.holdNow(labelOf(inventory.ref));
      const left = union(plan.declared, contentsOf(plan.kept.map(({ object }) => refOf(object))));
      await narrowInventory(inventory, left, client, context.signal);
      // One that is declared again later is to run again.
      await forgetJobs(inventory, (key) => !plan.jobs.has(key), client, context.signal);
      const now = new Set(plan.doomed.map((object) => labelOf(refOf(object))));
      const before = earlier.filter((label) => !now.has(label)).map(deletedEarlier);
      return {
        changes: [...before, ...plan.doomed.map((object) => deletion(object)), ...changesOf({ ...plan, doomed: [] })],
        findings: findingsOf(await planOf(spec, context), context),
      };
    },

    verify: async (spec, context): Promise<readonly Finding[]> => findingsOf(await planOf(spec, context), context),

    undo: () => UNDO,
  };

  function findingsOf({ doomed, kept }: PrunePlan, { owner }: EngineContext): readonly Finding[] {
    const labels = doomed.map((object) => labelOf(refOf(object)));
    return [
      {
        kind: 'nothing-undeclared',
        about: { inventory: inventoryOf(home, owner).ref },
        holds: labels.length === 0,
        how: 'real',
        source: `API server ${client.address}`,
        observed: {
          leftInAll: labels.length,
          left: labels.slice(0, NAMED),
          kept: kept.slice(0, NAMED).map(({ object, why }) => `${labelOf(refOf(object))}: ${why}`),
        },
        time: new Date().toISOString(),
      },
    ];
  }
}

function deletedEarlier(what: string): Change {
  return { action: 'delete', what, destructive: true, detail: ['by an earlier attempt of this step'] };
}
