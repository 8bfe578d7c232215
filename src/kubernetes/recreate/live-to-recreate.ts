import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { kubernetesApply, type KubernetesApplySpec } from '../../domain/kinds/kubernetes-apply.ts';
import type { KubernetesRecreateSpec } from '../../domain/kinds/kubernetes-recreate.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { read, readList, readText } from '../../domain/json-fields.ts';
import { kindKey } from '../identity.ts';
import { inventoryOf, type InventoryHome } from '../inventory/apply-set.ts';
import { withFinishedJobs } from '../inventory/finished-in-plan.ts';
import { asMembers, withForeignMembership } from '../inventory/membership.ts';
import { declare, type Declared } from '../declare.ts';
import { planObjects } from '../plan/plan.ts';
import type { Planned } from '../plan/planned.ts';
import { PLAYBOOKS } from '../playbooks/index.ts';
import { isDue, type Recreation, type Victim } from '../playbooks/playbook.ts';
import { readIntent, type Going, type Intent, type IntentOf } from '../playbooks/intent.ts';

/** The object of a step as it is, and what is left to do about it. */
export interface Looked {
  readonly of: IntentOf;
  readonly planned: Planned;
  readonly intent: Intent | null;
  /** Whether it is asked for by a token, and not done yet. */
  readonly due: boolean;
  readonly recreation: Recreation;
  /** What has to be gone before the object is made, the object first; by uid, and each only once. */
  readonly going: readonly Going[];
  /** What has to go once it is ready. */
  readonly sweep: readonly Going[];
}

/**
 * Looks at the object of a step. Touches nothing.
 *
 * @throws WindlassFailure what the playbook and planning throw.
 */
export async function lookAt(
  declared: Declared,
  spec: KubernetesRecreateSpec,
  context: EngineContext,
  client: KubernetesClient,
  inventory: InventoryHome | undefined,
): Promise<Looked> {
  const { signal } = context;
  const of: IntentOf = { playbook: spec.playbook, object: declared.ref };
  const intent = await readIntent(of, client, signal);
  const due = 'token' in spec && isDue(spec.token, intent);
  const planned = await planOne(declared, due, context, client, inventory);
  const there = planned.live;
  const left = there?.metadata.deletionTimestamp === undefined ? null : there;
  const live = left === null ? there : null;
  const recreation = await PLAYBOOKS[spec.playbook].derive({ spec, planned, live, intent, api: client, signal });
  const derived: readonly Victim[] = [...(recreation.object ? [recreation.object] : []), ...recreation.remove];
  const begun = intent?.stage === 'removing' ? await present(intent.remove, client, signal) : [];
  const swept = await present(intent?.sweep ?? [], client, signal, [...derived, ...begun]);
  return {
    of,
    planned,
    intent,
    due,
    recreation,
    going: once([...(left ? [leaving(left, planned)] : []), ...derived, ...begun]),
    sweep: once([...recreation.sweep, ...swept]),
  };
}

/**
 * What the step declares of the one object that it is about.
 *
 * @throws WindlassFailure `InvalidRollout` when the manifests do not say which object is meant; what declaring throws.
 */
export async function declaredObject(
  spec: KubernetesRecreateSpec,
  context: EngineContext,
  client: KubernetesClient,
): Promise<Declared> {
  const { manifests, namespace } = spec;
  // There is no reference in it that would have to be resolved.
  const applied = kubernetesApply.parse({ manifests, namespace }) as KubernetesApplySpec;
  const all = await declare(applied, context, client);
  const kinds = new Set(PLAYBOOKS[spec.playbook].kinds.map(kindKey));
  const fitting = all.filter(({ ref }) => kinds.has(kindKey(ref)) && (spec.object ?? ref.name) === ref.name);
  const [one, another] = fitting;
  if (one !== undefined && another === undefined) return one;
  const found = fitting.map(({ label }) => label).join(', ');
  const what = PLAYBOOKS[spec.playbook].kinds.map(({ kind }) => kind).join(' or ');
  throw new WindlassFailure(
    'InvalidRollout',
    `The manifests declare ${one === undefined ? 'no' : 'more than one'} ${what}${spec.object === undefined ? '' : ` of name ${spec.object}`}${found === '' ? '' : `: ${found}`}.`,
    { object: manifests.join(', '), next: 'Name the object, or the manifest that declares it.' },
  );
}

async function planOne(
  declared: Declared,
  due: boolean,
  context: EngineContext,
  client: KubernetesClient,
  home: InventoryHome | undefined,
): Promise<Planned> {
  const { signal } = context;
  const inventory = home && inventoryOf(home, context.owner);
  const members = inventory === undefined ? [declared] : asMembers([declared], inventory.id);
  const planned = await planObjects(members, client, signal);
  const ours = inventory === undefined ? planned : withForeignMembership(planned, inventory.id);
  // A Job that is to run again runs again, though it has come to its end.
  const [one] = inventory === undefined || due ? ours : await withFinishedJobs(ours, inventory, client, signal);
  if (one === undefined) throw new RangeError('one object was planned, and there is no plan of it');
  return one;
}

/** Those of some objects that are there still, and that nobody but what is to go controls by now. */
async function present(
  named: readonly Going[],
  client: KubernetesClient,
  signal: AbortSignal,
  controllers: readonly Going[] = [],
): Promise<readonly Going[]> {
  const found = await Promise.all(named.map(({ ref }) => client.get(ref, { signal })));
  const uids = new Set(controllers.map(({ uid }) => uid));
  return named.filter(({ uid }, index) => {
    const object = found[index];
    return object?.metadata.uid === uid && isFree(object, uids);
  });
}

/** A ReplicaSet that another Deployment has adopted belongs to that one. */
function isFree(object: KubernetesObject, uids: ReadonlySet<string>): boolean {
  const controller = readList(object, 'metadata', 'ownerReferences').find((one) => read(one, 'controller') === true);
  return controller === undefined || uids.has(readText(controller, 'uid') ?? '') || object.kind !== 'ReplicaSet';
}

function leaving(object: KubernetesObject, { declared }: Planned): Going {
  return { ref: declared.ref, uid: object.metadata.uid ?? '', propagation: 'Background' };
}

function once(all: readonly Going[]): readonly Going[] {
  const seen = new Set<string>();
  return all.filter(({ uid }) => !seen.has(uid) && seen.add(uid));
}
