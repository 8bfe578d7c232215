import { createHash } from 'node:crypto';
import { canonicalJson, type Json, type JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isObject } from '../../domain/json-fields.ts';
import { CHANGED_IN_SERVICES } from './harmless-services.ts';

/** A path of fields; `*` stands for every key or item, and at the end of a key for any ending. */
type FieldPath = readonly string[];

/** What the server, its controllers or Velero set anew in every object; not part of what is compared. */
const IGNORED: readonly FieldPath[] = [
  ['status'],
  ['metadata', 'uid'],
  ['metadata', 'resourceVersion'],
  ['metadata', 'generation'],
  ['metadata', 'creationTimestamp'],
  ['metadata', 'managedFields'],
  ['metadata', 'ownerReferences'],
  ['metadata', 'finalizers'],
  ['metadata', 'selfLink'],
  ['metadata', 'labels', 'velero.io/*'],
  ['metadata', 'annotations', 'velero.io/*'],
  ['metadata', 'annotations', 'deployment.kubernetes.io/revision'],
];

/** What differs by kind: given by the server on creation, or changed by the drill so that the copy does nothing. */
const IGNORED_BY_KIND: Readonly<Record<string, readonly FieldPath[]>> = {
  Deployment: [['spec', 'replicas']],
  StatefulSet: [['spec', 'replicas']],
  ReplicaSet: [['spec', 'replicas']],
  ReplicationController: [['spec', 'replicas']],
  DaemonSet: [
    ['spec', 'template', 'spec', 'nodeSelector', 'windlass.dev/*'],
    ['metadata', 'annotations', 'deprecated.daemonset.template.generation'],
  ],
  Service: [['spec', 'clusterIP'], ['spec', 'clusterIPs'], ...CHANGED_IN_SERVICES],
  PersistentVolumeClaim: [
    ['spec', 'volumeName'],
    ['metadata', 'annotations', 'pv.kubernetes.io/*'],
    ['metadata', 'annotations', 'volume.kubernetes.io/*'],
    ['metadata', 'annotations', 'volume.beta.kubernetes.io/*'],
  ],
  ServiceAccount: [['secrets']],
};

/** The fields that are not compared, as `Kind: path`, for people. */
export const IGNORED_FIELDS: readonly string[] = [
  ...IGNORED.map((path) => path.join('.')),
  ...Object.entries(IGNORED_BY_KIND).flatMap(([kind, paths]) => paths.map((path) => `${kind}: ${path.join('.')}`)),
];

/**
 * An object as it is compared: without what is ignored, empty maps gone, and names of scratch namespaces turned back
 * into those that they stand for.
 *
 * @param original the namespace that a scratch namespace stands for.
 */
export function canonicalContent(object: KubernetesObject, original: ReadonlyMap<string, string>): JsonObject {
  const paths = [...IGNORED, ...(IGNORED_BY_KIND[object.kind] ?? [])];
  const content = paths.reduce<Json>(without, object) as JsonObject;
  return withoutEmpty(renamed(content, original)) as JsonObject;
}

/** SHA-256 in hex. */
export function contentHash(content: JsonObject): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

function without(value: Json, [first, ...rest]: FieldPath): Json {
  if (first === undefined) return value;
  if (isList(value)) return first === '*' ? value.map((item) => without(item, rest)) : value;
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  const hit = (key: string) => (first.endsWith('*') ? key.startsWith(first.slice(0, -1)) : key === first);
  return Object.fromEntries(
    rest.length === 0
      ? entries.filter(([key]) => !hit(key))
      : entries.map(([key, item]) => [key, hit(key) ? without(item, rest) : item]),
  );
}

/** Only where an object names a namespace: its own, and that of the subjects of a RoleBinding, which Velero maps too. */
function renamed(object: JsonObject, original: ReadonlyMap<string, string>): JsonObject {
  const rename = (holder: Json): Json => {
    if (!isObject(holder) || typeof holder['namespace'] !== 'string') return holder;
    return { ...holder, namespace: original.get(holder['namespace']) ?? holder['namespace'] };
  };
  const subjects = object['subjects'];
  return {
    ...object,
    metadata: rename(object['metadata'] ?? null),
    ...(Array.isArray(subjects) ? { subjects: subjects.map(rename) } : {}),
  };
}

/** An empty map of labels and none are the same. */
function withoutEmpty(value: Json): Json {
  if (isList(value)) return value.map(withoutEmpty);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, withoutEmpty(item)] as const);
  return Object.fromEntries(
    entries.filter(([, item]) => !(isObject(item) && Object.keys(item).length === 0) && item !== null),
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
