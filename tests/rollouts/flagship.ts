import { join } from 'node:path';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { isObject, readList, readObject } from '../../src/domain/json-fields.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { manifestFiles, readManifests } from '../../src/manifests/objects.ts';

export const ROOT = join(import.meta.dirname, '../..');
const FLAGSHIP = join(ROOT, 'rollouts/254carbon');

/** @throws Error with every problem of the rollout. */
export async function loadFlagship(environment: string): Promise<LoadedRollout> {
  const loaded = await loadRollout(FLAGSHIP, environment);
  if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
  return loaded;
}

/** Kinds of the flagship that belong to no namespace. */
const OF_THE_CLUSTER =
  /^(Namespace|StorageClass|IngressClass|ClusterRole|ClusterRoleBinding|CustomResourceDefinition|PriorityClass)$/;

/** Every object that it applies, in the namespace that its step gives it. */
export function objectsOf({ bundle, files }: LoadedRollout): readonly KubernetesObject[] {
  const applied = bundle.phases
    .flatMap(({ steps }) => steps)
    .flatMap((step) => (step.kind === 'kubernetes.apply' ? [step.with] : []));
  return applied.flatMap(({ manifests, namespace }) =>
    manifests
      .flatMap((path) =>
        manifestFiles(
          path,
          [...files.keys()].filter((file) => file === path || file.startsWith(`${path}/`)),
        ),
      )
      .flatMap((file) => readManifests(files.get(file) ?? '').objects)
      .map(({ object }) =>
        namespace === undefined || OF_THE_CLUSTER.test(object.kind)
          ? object
          : { ...object, metadata: { namespace, ...object.metadata } },
      ),
  );
}

/** What each step says that makes a Secret. */
export function secretsOf({ bundle }: LoadedRollout) {
  return bundle.phases
    .flatMap(({ steps }) => steps)
    .flatMap((step) => (step.kind === 'kubernetes.secret' ? [step.with] : []));
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'];

/** A workload, and the spec of its pods. */
export interface Workload {
  /** `StatefulSet data-platform/minio`. */
  readonly label: string;
  readonly object: KubernetesObject;
  readonly namespace: string;
  readonly labels: JsonObject;
  readonly pod: JsonObject;
  /** Those that make ready and those that stay. */
  readonly containers: readonly JsonObject[];
}

export function workloadsOf(objects: readonly KubernetesObject[]): readonly Workload[] {
  return objects
    .filter(({ kind }) => WORKLOADS.includes(kind))
    .map((object) => {
      const template = readObject(object, 'spec', 'template');
      const { namespace = '', name } = object.metadata;
      const pod = readObject(template, 'spec');
      return {
        label: `${object.kind} ${namespace}/${name}`,
        ...{ object, namespace, pod },
        labels: readObject(template, 'metadata', 'labels'),
        containers: [...readList(pod, 'initContainers'), ...readList(pod, 'containers')].filter(isObject),
      };
    });
}

/** Whether labels have all that a selector asks for. */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
