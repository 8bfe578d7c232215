import { join } from 'node:path';
import { parse } from 'yaml';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { isObject, read, readList, readObject } from '../../src/domain/json-fields.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { manifestFiles, readManifests } from '../../src/manifests/objects.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const FLAGSHIP = join(ROOT, 'rollouts/254carbon');

/** @throws Error with every problem of the rollout. */
export async function loadFlagship(
  environment: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<LoadedRollout> {
  const loaded = await loadRollout(FLAGSHIP, environment, { parameters });
  if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
  return loaded;
}

/** Kinds of the flagship that belong to no namespace. */
const OF_THE_CLUSTER =
  /^(Namespace|StorageClass|IngressClass|ClusterIssuer|ClusterRole|ClusterRoleBinding|CustomResourceDefinition|PriorityClass)$/;

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

/** The files of rules that vmalert reads, by their names. */
export function ruleFiles(loaded: LoadedRollout): ReadonlyMap<string, string> {
  const rules = objectsOf(loaded).find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'vmalert-rules',
  );
  return new Map(
    Object.entries(readObject(rules, 'data')).map(([file, text]) => [file, typeof text === 'string' ? text : '']),
  );
}

/** A rule as vmalert reads it: an alert, or what is reckoned. */
export interface AlertRule {
  readonly group: string;
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function alertRules(loaded: LoadedRollout): readonly AlertRule[] {
  return [...ruleFiles(loaded).values()].flatMap((text) =>
    (parse(text) as { groups: { name: string; rules: Omit<AlertRule, 'group'>[] }[] }).groups.flatMap((group) =>
      group.rules.map((rule) => ({ ...rule, group: group.name })),
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

/** Whether its pods read directories of their node, which the restricted level of Pod Security does not let them. */
export function readsItsNode({ pod }: Workload): boolean {
  return readList(pod, 'volumes').some((volume) => read(volume, 'hostPath') !== undefined);
}

/** Whether labels have all that a selector asks for. */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
