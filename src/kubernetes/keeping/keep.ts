import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import { readText } from '../../domain/json-fields.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isHole, type Keeping, type Place } from '../../domain/made-up.ts';
import type { Reference } from '../../domain/reference.ts';
import { isSecretKind, keyOf as objectKeyOf, labelOf } from '../identity.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { filled, findIn, keyOf } from './find.ts';
import { valuesOf, type PartKey } from './values.ts';

/**
 * Puts what a chart made up where the chart has it. A value is made once: what the cluster has in its place is kept, also
 * when somebody else put it there. The values are in the objects that go to the API server, and in nothing else.
 *
 * @param resolve turns a reference into its value. @throws WindlassFailure `ReferenceUnresolved`
 * @throws WindlassFailure `InvalidManifest` where a value was made before and cannot be found in what has become of it.
 */
export async function keepValues(
  manifests: readonly Manifest[],
  keeping: Keeping,
  namespace: string,
  api: Pick<KubernetesApi, 'get'>,
  signal: AbortSignal,
  resolve: (reference: Reference) => Promise<string>,
): Promise<readonly Manifest[]> {
  const { places } = keeping;
  const byObject = Map.groupBy(places, ({ object }) => objectKeyOf(object));
  const live = new Map(
    await Promise.all(
      [...byObject].map(async ([key, [place]]) => [key, place && (await liveOf(place, api, signal))] as const),
    ),
  );
  const placed = new Set<PartKey>();
  const found = new Map<PartKey, string>();
  const missing = new Map<PartKey, Place>();
  for (const place of places) {
    const text = textAt(live.get(objectKeyOf(place.object)) ?? null, place);
    for (const hole of place.parts.filter(isHole)) placed.add(keyOf(hole));
    if (text === undefined || text === '') continue;
    const said = findIn(place.parts, text);
    for (const [key, one] of said.parts) if (!found.has(key)) found.set(key, one);
    for (const hole of said.missing) missing.set(keyOf(hole), place);
  }
  for (const [key, place] of missing) {
    const { kind } = keeping.values[Number.parseInt(key, 10)] ?? {};
    // A certificate that is lost is made anew; a password that is lost locks everybody out.
    if (!found.has(key) && kind !== 'certificate' && kind !== 'reference') throw lost(place);
  }
  const texts = await valuesOf(keeping, placed, found, resolve);
  const textOf = (key: PartKey): string => {
    const [value, part] = key.split('/') as [string, 'text' | 'cert' | 'key'];
    return texts[Number(value)]?.[part] ?? '';
  };
  return manifests.map((manifest) => {
    const own = { ...manifest.object, namespace: manifest.object.metadata.namespace ?? namespace };
    const { apiVersion, kind, metadata } = own;
    const key = objectKeyOf({ apiVersion, kind, namespace: own.namespace, name: metadata.name });
    const object = (byObject.get(key) ?? []).reduce<KubernetesObject>(
      (now, { path, parts }) => withText(now, path, filled(parts, textOf)),
      manifest.object,
    );
    return { ...manifest, object };
  });
}

/** The object of a place; null when it is not there, or its kind is not yet. */
async function liveOf(
  { object }: Place,
  api: Pick<KubernetesApi, 'get'>,
  signal: AbortSignal,
): Promise<KubernetesObject | null> {
  try {
    return await api.get(object, { signal });
  } catch (error) {
    if (error instanceof WindlassFailure && ['NotFound', 'UnknownKind'].includes(error.type)) return null;
    throw error;
  }
}

function textAt(live: KubernetesObject | null, { object, path }: Place): string | undefined {
  if (live === null) return undefined;
  if (!isSecretKind(object)) {
    const at = path.reduce<unknown>(
      (value, step) => (value as Record<string | number, unknown> | undefined)?.[step],
      live,
    );
    return typeof at === 'string' ? at : undefined;
  }
  const value = readText(live, ...path.map(String));
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
}

function withText(object: KubernetesObject, path: Place['path'], text: string): KubernetesObject {
  const value = isSecretKind(object) ? Buffer.from(text).toString('base64') : text;
  return setAt(object, path, value) as unknown as KubernetesObject;
}

function setAt(value: Json | undefined, [step, ...rest]: Place['path'], text: string): Json {
  if (step === undefined) return text;
  if (Array.isArray(value))
    return (value as readonly Json[]).map((item, index) => (index === step ? setAt(item, rest, text) : item));
  const fields = (value ?? {}) as Readonly<Record<string, Json>>;
  return { ...fields, [step]: setAt(fields[step], rest, text) };
}

function lost({ object, path }: Place): WindlassFailure {
  return new WindlassFailure(
    'InvalidManifest',
    `The chart makes up a value in ${path.join('.')}, and what the cluster has there was written otherwise: the value that is in use cannot be told from it.`,
    {
      object: labelOf(object),
      next: 'Map the key to a reference with the value that is in use, under secrets of the step; or delete the key from the Secret, and another value is made.',
    },
  );
}
