import { read, readList, readNumber, readText } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { matchesLabels } from '../../domain/label-selector.ts';
import { faultIn, type Check, type Fault } from '../check.ts';
import { WORKLOAD_KINDS, type Workload } from '../workloads.ts';
import type { World } from '../world.ts';

/** Whether state survives that a node goes. */
export const STATE_CHECKS: readonly Check[] = [
  {
    id: 'state-no-budget',
    severity: 'medium',
    claim: 'every StatefulSet of several pods has a disruption budget',
    mend: 'Apply a PodDisruptionBudget with maxUnavailable: 1 that selects its pods.',
    stands: ['KS statefulset-has-poddisruptionbudget'],
    needs: ['StatefulSet', 'PodDisruptionBudget'],
    find: (world) =>
      replicated(world).flatMap(({ object, namespace, labels }) =>
        world
          .within('PodDisruptionBudget', namespace)
          .some((budget) => matchesLabels(read(budget, 'spec', 'selector'), labels))
          ? []
          : [faultIn(object, 'has no PodDisruptionBudget: a drain may take all of its pods at once')],
      ),
  },
  {
    id: 'state-one-node',
    severity: 'medium',
    claim: 'the pods of every StatefulSet are kept on several nodes',
    mend: 'Add podAntiAffinity or topologySpreadConstraints over kubernetes.io/hostname.',
    stands: ['KS statefulset-has-host-podantiaffinity'],
    needs: ['StatefulSet'],
    find: (world) =>
      replicated(world).flatMap(({ object, spec }) =>
        isSpread(spec) ? [] : [faultIn(object, 'may have all of its pods on one node')],
      ),
  },
  {
    id: 'budget-lets-nothing-go',
    severity: 'medium',
    claim: 'every disruption budget lets a pod go',
    mend: 'Set maxUnavailable: 1, or more replicas than minAvailable: else no node can be drained.',
    stands: ['PO pdbDisruptionsIsZero'],
    needs: ['PodDisruptionBudget'],
    find: (world) =>
      world
        .of('PodDisruptionBudget')
        .filter(letsNothingGo)
        .map((budget) => faultIn(budget, 'lets no pod go, however healthy all are')),
  },
  {
    id: 'budget-keeps-broken-pods',
    severity: 'low',
    claim: 'every disruption budget lets go of pods that never became ready',
    mend: 'Set unhealthyPodEvictionPolicy: AlwaysAllow.',
    stands: ['KL pdb-unhealthy-pod-eviction-policy'],
    needs: ['PodDisruptionBudget'],
    find: (world) =>
      world
        .of('PodDisruptionBudget')
        .filter((budget) => readText(budget, 'spec', 'unhealthyPodEvictionPolicy') !== 'AlwaysAllow')
        .map((budget) => faultIn(budget, 'keeps pods that are not ready on a node that is drained')),
  },
  {
    id: 'volume-lost',
    severity: 'high',
    claim: 'no claim has lost its volume, or waits for a class that is not there',
    mend: 'Restore the data onto a new claim; or name a storage class that the cluster has.',
    stands: ['PY 1002', 'PY 1003', 'PY 1004'],
    needs: ['PersistentVolumeClaim', 'PersistentVolume', 'StorageClass'],
    find: (world) => [
      ...world.of('PersistentVolumeClaim').flatMap((claim) => claimFault(claim, world)),
      ...world
        .of('PersistentVolume')
        .filter((volume) => readText(volume, 'status', 'phase') === 'Failed')
        .map((volume) => faultIn(volume, 'has failed')),
    ],
  },
  {
    id: 'secret-missing',
    severity: 'high',
    claim: 'every Secret and ConfigMap that pods need is there',
    mend: 'Make it, or correct its name in the workload: its pods do not start again without it.',
    stands: ['PY 304'],
    needs: ['Secret', 'ConfigMap', ...WORKLOAD_KINDS],
    *find(world) {
      for (const workload of world.workloads) {
        const missing = sourcesOf(workload).filter(
          ([kind, name]) => name !== '' && world.find(kind, workload.namespace, name) === undefined,
        );
        const labels = [...new Set(missing.map(([kind, name]) => `${kind} ${name}`))];
        if (labels.length > 0) yield faultIn(workload.object, `needs ${labels.join(', ')}, not there`);
      }
    },
  },
];

function replicated(world: World): readonly Workload[] {
  return world.workloads.filter(
    ({ object }) => object.kind === 'StatefulSet' && readNumber(object, ['spec', 'replicas'], 1) > 1,
  );
}

function isSpread(spec: Json): boolean {
  const affinity = read(spec, 'affinity', 'podAntiAffinity');
  const terms = [
    ...readList(affinity, 'requiredDuringSchedulingIgnoredDuringExecution'),
    ...readList(affinity, 'preferredDuringSchedulingIgnoredDuringExecution').map(
      (one) => read(one, 'podAffinityTerm') ?? null,
    ),
    ...readList(spec, 'topologySpreadConstraints'),
  ];
  // Pods that are spread over zones are on several nodes too.
  return terms.some((term) => /hostname$|zone$/.test(readText(term, 'topologyKey') ?? ''));
}

function letsNothingGo(budget: KubernetesObject): boolean {
  const [most, least] = [read(budget, 'spec', 'maxUnavailable'), read(budget, 'spec', 'minAvailable')];
  if (most === 0 || most === '0%' || least === '100%') return true;
  const expected = readNumber(budget, ['status', 'expectedPods'], 0);
  return typeof least === 'number' && expected > 0 && least >= expected;
}

function claimFault(claim: KubernetesObject, world: World): readonly Fault[] {
  const phase = readText(claim, 'status', 'phase');
  if (phase === 'Lost') return [faultIn(claim, 'has lost its volume')];
  const name = readText(claim, 'spec', 'storageClassName') ?? '';
  if (phase !== 'Pending' || name === '' || readText(claim, 'spec', 'volumeName') !== undefined) return [];
  // A class that is only a name may be that of volumes which are made by hand.
  const byHand = world.of('PersistentVolume').some((volume) => readText(volume, 'spec', 'storageClassName') === name);
  if (byHand || world.find('StorageClass', '', name) !== undefined) return [];
  return [faultIn(claim, `waits for storage class ${name}, which is not there`)];
}

/** Secrets and ConfigMaps without which the pods do not start. */
function sourcesOf({ spec, containers }: Workload): readonly (readonly ['Secret' | 'ConfigMap', string])[] {
  const needed = (source: Json | undefined, kind: 'Secret' | 'ConfigMap', name: string) =>
    source === undefined || read(source, 'optional') === true ? [] : [[kind, readText(source, name) ?? ''] as const];
  const volumes = readList(spec, 'volumes');
  const sources = [...volumes, ...volumes.flatMap((volume) => readList(volume, 'projected', 'sources'))];
  return [
    ...sources.flatMap((source) => [
      // A volume calls it secretName, a projected source name.
      ...needed(
        read(source, 'secret'),
        'Secret',
        read(source, 'secret', 'secretName') === undefined ? 'name' : 'secretName',
      ),
      ...needed(read(source, 'configMap'), 'ConfigMap', 'name'),
    ]),
    ...containers.flatMap(({ fields }) => [
      ...readList(fields, 'env').flatMap((variable) => [
        ...needed(read(variable, 'valueFrom', 'secretKeyRef'), 'Secret', 'name'),
        ...needed(read(variable, 'valueFrom', 'configMapKeyRef'), 'ConfigMap', 'name'),
      ]),
      ...readList(fields, 'envFrom').flatMap((source) => [
        ...needed(read(source, 'secretRef'), 'Secret', 'name'),
        ...needed(read(source, 'configMapRef'), 'ConfigMap', 'name'),
      ]),
    ]),
  ];
}
