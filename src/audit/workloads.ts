import { isObject, read, readList, readObject, readText } from '../domain/json-fields.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { AuditedKind } from '../domain/audit.ts';
import type { KubernetesObject } from '../domain/kubernetes-api.ts';

/** What makes pods, or a pod that nothing we know makes. */
export interface Workload {
  readonly object: KubernetesObject;
  readonly namespace: string;
  /** Of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: JsonObject;
  /** Name of the ServiceAccount of its pods. */
  readonly account: string;
  readonly containers: readonly Container[];
}

export interface Container {
  readonly name: string;
  readonly fields: Json;
}

/** Where each kind keeps the template of its pods. */
const TEMPLATES = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  Pod: [],
} as const satisfies Partial<Record<AuditedKind, readonly string[]>>;

export const WORKLOAD_KINDS = Object.keys(TEMPLATES) as (keyof typeof TEMPLATES)[];

/** The workloads among these objects. What another one of them makes is left out, so that each fault is told once. */
export function workloadsOf(objectsOf: (kind: AuditedKind) => readonly KubernetesObject[]): readonly Workload[] {
  return WORKLOAD_KINDS.flatMap((kind) =>
    objectsOf(kind)
      .filter((object) => !isMade(object))
      .map((object) => workloadOf(object, TEMPLATES[kind])),
  );
}

/** By a controller whose own template is looked at. */
function isMade(object: KubernetesObject): boolean {
  return readList(object, 'metadata', 'ownerReferences').some(
    (owner) => read(owner, 'controller') === true && Object.hasOwn(TEMPLATES, readText(owner, 'kind') ?? ''),
  );
}

function workloadOf(object: KubernetesObject, path: readonly string[]): Workload {
  const template = path.length === 0 ? object : read(object, ...path);
  const spec = readObject(template, 'spec');
  return {
    object,
    namespace: object.metadata.namespace ?? '',
    labels: readObject(template, 'metadata', 'labels') as Readonly<Record<string, string>>,
    spec,
    account: readText(spec, 'serviceAccountName') ?? readText(spec, 'serviceAccount') ?? 'default',
    containers: ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
      readList(spec, list)
        .filter(isObject)
        .map((fields) => ({ name: readText(fields, 'name') ?? '', fields })),
    ),
  };
}

/** What a container's security context says, where it says it itself or its pod does. */
export function secured({ spec }: Workload, { fields }: Container, ...path: readonly string[]): Json | undefined {
  return read(fields, 'securityContext', ...path) ?? read(spec, 'securityContext', ...path);
}

/** `containers web and log`. */
export function named(containers: readonly Container[]): string {
  const names = containers.map(({ name }) => name);
  return names.length === 1 ? `container ${names[0] ?? ''}` : `containers ${names.join(', ')}`;
}
