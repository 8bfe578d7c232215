import type { Bundle } from '../../domain/bundle.ts';
import type { Declaration, Declares, StepKindTable } from '../../domain/kinds/descriptor.ts';
import type { KindRight, Rights, Verb } from '../../domain/kinds/rights.ts';
import type { KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import type { SecretKey } from '../../domain/secret-place.ts';
import type { BundleFiles } from '../../domain/step-engine.ts';
import type { Step } from '../../domain/step.ts';
import { groupOf, refOf } from '../../kubernetes/identity.ts';
import { loadManifests } from '../../kubernetes/manifests/load.ts';
import { LIST_FROM } from '../../kubernetes/plan/live.ts';
import { KINDS_WITHOUT_STATUS } from '../../kubernetes/status/kinds-without-status.ts';
import { includedSteps, type IncludedStep } from './included.ts';

/** A right, and the step that takes it. */
interface StepRight extends KindRight {
  /** PHASE/STEP */
  readonly step: string;
}

/** What a rollout does on a cluster, as far as it can be known before anything is asked. */
interface ClusterWork {
  readonly rights: readonly StepRight[];
  /** Every object that its manifests hold. */
  readonly objects: readonly KubernetesObject[];
}

/** A step with what is known of its kind. */
interface Known {
  readonly path: string;
  readonly step: Step;
  readonly rights: Rights<Step['with']>;
  readonly declares: Declares<Step['with']> | null;
}

/**
 * The rights that all steps of a rollout take on one cluster.
 *
 * @throws WindlassFailure `InvalidManifest`, and what reading files throws.
 */
export async function clusterWork(
  target: string,
  bundle: Bundle,
  files: BundleFiles,
  kinds: StepKindTable,
): Promise<ClusterWork> {
  const included = includedSteps(bundle, kinds);
  const steps = stepsOn(target, included, kinds);
  const declared = await Promise.all(steps.map((known) => declaredBy(known, files)));
  const refs = declared.flatMap((one) => one.refs);
  const binding = bundle.targets[target];
  const home = binding?.kind === 'kubernetes' ? binding.inventoryNamespace : 'default';
  const rights = steps.flatMap((known, index) => {
    const own = declared[index]?.refs ?? [];
    return rightsOf(known, own, refs, home).map((right) => ({ ...right, step: known.path }));
  });
  const secrets = included.flatMap(({ path, step }) => secretsRead(step.with, target, path));
  return { rights: [...rights, ...secrets], objects: declared.flatMap((one) => one.objects) };
}

function stepsOn(target: string, included: readonly IncludedStep[], kinds: StepKindTable): readonly Known[] {
  return included.flatMap(({ path, step }): readonly Known[] => {
    const descriptor = kinds[step.kind];
    if (descriptor === undefined || descriptor.rights === null) return [];
    // A kind's descriptor takes the spec that the kind's own schema has made.
    const rights = descriptor.rights as Rights<Step['with']>;
    const on = rights.on?.(step.with) ?? ('target' in step ? step.target : null);
    const declares = descriptor.declares;
    return on === target ? [{ path, step, rights, declares }] : [];
  });
}

/** The Secrets of this cluster that a step takes values from, wherever its settings name them. */
function secretsRead(settings: unknown, target: string, step: string): readonly StepRight[] {
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]) => {
    if (key !== 'kubernetesSecret') return secretsRead(value, target, step);
    const { target: on, namespace, name } = value as SecretKey;
    if (on !== target) return [];
    return [{ apiVersion: 'v1', kind: 'Secret', namespace, names: [name], verbs: ['get'], step } as const];
  });
}

async function declaredBy(
  { step, declares }: Known,
  files: BundleFiles,
): Promise<{ readonly refs: readonly ObjectRef[]; readonly objects: readonly KubernetesObject[] }> {
  const { manifests = [], namespace = 'default', objects = [] }: Declaration = declares?.of(step.with) ?? {};
  const loaded = manifests.length === 0 ? [] : await loadManifests(manifests, files);
  const inManifests = loaded.map(({ object }) => object);
  // Whether a kind has namespaces is for the cluster to say.
  return {
    objects: inManifests,
    refs: [...inManifests.map((object) => ({ namespace, ...refOf(object) })), ...objects],
  };
}

function rightsOf(
  { step, rights }: Known,
  own: readonly ObjectRef[],
  all: readonly ObjectRef[],
  home: string,
): readonly KindRight[] {
  const namespaces = [...new Set(own.map(({ namespace }) => namespace).filter((one) => one !== undefined))];
  const { inventory, everything } = rights;
  return [
    ...onEach(own, rights.declared?.(step.with) ?? []),
    ...(everything === undefined ? [] : onEach(all, everything, 0)),
    ...(rights.others?.(step.with, namespaces) ?? []),
    ...(inventory === undefined
      ? []
      : [{ apiVersion: 'v1', kind: 'ConfigMap', verbs: inventory, namespace: home } as const]),
  ];
}

/** One right for each kind and namespace. Few objects are read one by one, and then need not be listed unless they are watched. */
function onEach(refs: readonly ObjectRef[], verbs: readonly Verb[], listFrom = LIST_FROM): readonly KindRight[] {
  if (verbs.length === 0) return [];
  const groups = Map.groupBy(refs, ({ apiVersion, kind, namespace = '' }) => [apiVersion, kind, namespace].join(' '));
  return [...groups.values()].flatMap((group): readonly KindRight[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { apiVersion, kind, namespace } = first;
    const where = namespace === undefined ? {} : { namespace };
    // What has no status is ready at once: who waits for a Secret need not read all of them.
    const watched = verbs.includes('watch') && !KINDS_WITHOUT_STATUS.has(`${groupOf(apiVersion)}/${kind}`);
    const listed = group.length >= listFrom || watched;
    const needed = verbs.filter((verb) => (verb === 'list' ? listed : verb !== 'watch' || watched));
    return [{ apiVersion, kind, ...where, verbs: needed, names: group.map(({ name }) => name) }];
  });
}
