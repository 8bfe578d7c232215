import { canonicalJson, type Json, type JsonObject } from '../../src/domain/json.ts';
import { readObject, without } from '../../src/domain/json-fields.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { groupOf } from '../../src/kubernetes/identity.ts';
import { parseManifestFile } from '../../src/manifests/yaml.ts';
import { eventsOf } from './helm.ts';

/** The objects of the chart's steps in a bundle. */
export function objectsOf(files: ReadonlyMap<string, string>): readonly KubernetesObject[] {
  return [...files]
    .filter(([path]) => path.startsWith('rendered/'))
    .flatMap(([, text]) => parseManifestFile(text).documents.map(({ value }) => value as unknown as KubernetesObject));
}

/**
 * Compares the objects of a bundle with those of `helm template`: the same set, and the same content but for values of
 * Secrets and what Helm itself renders otherwise every time. Names of Jobs that are hooks end with a digest.
 */
export function compareObjects(
  ours: readonly KubernetesObject[],
  first: readonly KubernetesObject[],
  second: readonly KubernetesObject[],
  namespace: string,
): string {
  const wanted = new Map(first.filter(isCarriedOut).map((object) => [keyOf(object, namespace), object]));
  const again = new Map(second.map((object) => [keyOf(object, namespace), object]));
  const had = new Map(
    ours.map((object) => {
      const key = keyOf(object, namespace);
      const plain = key.replace(/-[0-9a-f]{8}$/, '');
      return [eventsOf(object).length > 0 && wanted.has(plain) ? plain : key, object];
    }),
  );
  const random = [...wanted.keys()].filter((key) => !again.has(key));
  const missing = [...wanted.keys()].filter((key) => !had.has(key) && !random.includes(key));
  const more = [...had.keys()].filter((key) => !wanted.has(key));
  if (missing.length > 0 || more.length > random.length)
    return `missing ${missing.slice(0, 3).join(', ') || 'none'}, besides ${more.slice(0, 3).join(', ') || 'none'}`;
  for (const [key, object] of had) {
    const [one, other] = [wanted.get(key), again.get(key)];
    if (one === undefined || other === undefined) continue;
    const field = differing(plainOf(object), plainOf(one), plainOf(other), '');
    if (field !== null) return `${key}: ${field}`;
  }
  return 'yes';
}

function isCarriedOut(object: KubernetesObject): boolean {
  const events = eventsOf(object);
  const steps = ['pre-install', 'pre-upgrade', 'post-install', 'post-upgrade'];
  return events.length === 0 || events.some((event) => steps.includes(event));
}

function keyOf({ apiVersion, kind, metadata }: KubernetesObject, namespace: string): string {
  return `${groupOf(apiVersion)}/${kind} ${metadata.namespace ?? namespace}/${metadata.name}`;
}

/** What is compared of an object. */
function plainOf(object: KubernetesObject): Json {
  const whole = object as unknown as JsonObject;
  const values = object.kind === 'Secret' ? ['data', 'stringData'] : [];
  return { ...without(whole, new Set(values)), metadata: without(readObject(whole['metadata']), new Set(['name'])) };
}

/** The first field that differs from Helm's though Helm's is the same every time. */
function differing(
  ours: Json | undefined,
  one: Json | undefined,
  other: Json | undefined,
  path: string,
): string | null {
  if (canonicalJson(ours ?? null) === canonicalJson(one ?? null)) return null;
  const parts = [ours, one, other];
  if (parts.every((part) => typeof part === 'object' && part !== null)) {
    const [a, b, c] = parts as unknown as Record<string, Json>[];
    for (const key of new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])) {
      const field = differing(a?.[key], b?.[key], c?.[key], `${path}.${key}`);
      if (field !== null) return field;
    }
    return null;
  }
  return canonicalJson(one ?? null) === canonicalJson(other ?? null) ? path : null;
}
