import type { Json } from '../../domain/json.ts';
import { isObject, read, readList, readText } from '../../domain/json-fields.ts';

export type InputKind = 'Secret' | 'ConfigMap' | 'PersistentVolumeClaim';

/** One thing that a pod is given. */
export interface Reference {
  readonly kind: InputKind;
  readonly name: string;
  /** The keys that must be there; null where all that there are will do. */
  readonly keys: readonly string[] | null;
  readonly optional: boolean;
  /** The volume that it is mounted as; null in the environment. */
  readonly volume: string | null;
  /** Who in the pod is given it: a variable, or a container with all keys for variables; null for a volume. */
  readonly user: string | null;
}

/** What the API server puts into every namespace, and mounts into pods by itself. */
const CLUSTER_CA = 'kube-root-ca.crt';

/** All that a pod is given of Secrets, ConfigMaps and claims: volumes first, which a kubelet mounts first. */
export function referencesOf(pod: Json): readonly Reference[] {
  const containers = [...readList(pod, 'spec', 'initContainers'), ...readList(pod, 'spec', 'containers')];
  return [...readList(pod, 'spec', 'volumes').flatMap(ofVolume), ...containers.flatMap(ofContainer)];
}

function ofVolume(volume: Json): readonly Reference[] {
  const name = readText(volume, 'name') ?? '';
  const claim = readText(volume, 'persistentVolumeClaim', 'claimName');
  if (claim !== undefined)
    return [{ kind: 'PersistentVolumeClaim', name: claim, keys: null, optional: true, volume: name, user: null }];
  return [
    ...ofSource('Secret', read(volume, 'secret'), 'secretName', name),
    ...ofSource('ConfigMap', read(volume, 'configMap'), 'name', name),
    ...readList(volume, 'projected', 'sources').flatMap((source) => [
      ...ofSource('Secret', read(source, 'secret'), 'name', name),
      ...ofSource('ConfigMap', read(source, 'configMap'), 'name', name),
    ]),
  ];
}

function ofSource(kind: InputKind, source: Json | undefined, nameField: string, volume: string): readonly Reference[] {
  const name = readText(source, nameField);
  if (name === undefined || name === CLUSTER_CA) return [];
  const items = read(source, 'items') === undefined ? null : readList(source, 'items');
  const keys = items?.flatMap((item) => readText(item, 'key') ?? []) ?? null;
  return [{ kind, name, keys, optional: isOptional(source), volume, user: null }];
}

function ofContainer(container: Json): readonly Reference[] {
  const name = readText(container, 'name') ?? '';
  return [
    ...readList(container, 'envFrom').flatMap((source) => [
      ...ofAllKeys('ConfigMap', read(source, 'configMapRef'), name),
      ...ofAllKeys('Secret', read(source, 'secretRef'), name),
    ]),
    ...readList(container, 'env').flatMap((variable) => {
      const user = readText(variable, 'name') ?? '';
      return [
        ...ofKey('ConfigMap', read(variable, 'valueFrom', 'configMapKeyRef'), user),
        ...ofKey('Secret', read(variable, 'valueFrom', 'secretKeyRef'), user),
      ];
    }),
  ];
}

function ofAllKeys(kind: InputKind, source: Json | undefined, container: string): readonly Reference[] {
  const name = readText(source, 'name');
  if (name === undefined) return [];
  return [{ kind, name, keys: null, optional: isOptional(source), volume: null, user: `container ${container}` }];
}

function ofKey(kind: InputKind, source: Json | undefined, variable: string): readonly Reference[] {
  const [name, key] = [readText(source, 'name'), readText(source, 'key')];
  if (name === undefined || key === undefined) return [];
  return [{ kind, name, keys: [key], optional: isOptional(source), volume: null, user: variable }];
}

function isOptional(source: Json | undefined): boolean {
  return isObject(source) && source['optional'] === true;
}
