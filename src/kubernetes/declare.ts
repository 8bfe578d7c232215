import type { EngineContext } from '../domain/step-engine.ts';
import type { KubernetesApplySpec } from '../domain/kinds/kubernetes-apply.ts';
import type { KubernetesObject, ObjectRef } from '../domain/kubernetes-api.ts';
import type { Reference } from '../domain/reference.ts';
import type { KubernetesClient } from './client/client.ts';
import type { ServedKind } from './client/kinds.ts';
import { isSecretKind, keyOf, kindKey, labelOf, refOf } from './identity.ts';
import { keepValues } from './keeping/keep.ts';
import { checkManifests } from './schema/check-manifests.ts';
import { OpenApi } from './schema/openapi.ts';
import { isDefinition, kindsDefinedBy, type DefinedKind } from '../manifests/definitions.ts';
import { loadManifests } from './manifests/load.ts';
import { problemAt, type Manifest } from './manifests/manifest.ts';
import { absentNamespaces } from './manifests/namespaces.ts';
import { problemsFailure, type Problem } from './manifests/problem.ts';
import { fillSecrets } from './manifests/secrets.ts';

/** An object of the set, ready to be planned: its kind is known, its namespace is filled in. */
export interface Declared {
  readonly manifest: Manifest;
  readonly object: KubernetesObject;
  readonly ref: ObjectRef;
  readonly key: string;
  readonly label: string;
  readonly kind: ServedKind;
  /** Whether the schema of its kind has no status: then it is in force when it is stored. */
  readonly withoutStatus: boolean;
  /** False when the set itself makes its kind or its namespace: then it cannot be there yet, and nothing can be asked. */
  readonly reachable: boolean;
}

/**
 * The objects that a step declares, checked against the cluster. Only reads.
 *
 * @throws WindlassFailure `InvalidManifest`, `UnknownKind` with every problem of the whole set; what reading and the
 * references of Secrets throw.
 */
export async function declare(
  spec: Declaring,
  context: EngineContext,
  client: KubernetesClient,
): Promise<readonly Declared[]> {
  const loaded = await loadManifests(spec.manifests, context.files);
  const resolve = (reference: Reference) => context.resolve(reference);
  const { keeping, namespace = 'default' } = spec;
  const kept =
    keeping === undefined ? loaded : await keepValues(loaded, keeping, namespace, client, context.signal, resolve);
  return placedAndChecked(await fillSecrets(kept, spec, resolve), namespace, context, client);
}

/**
 * Those of the objects that files may hold: neither Secrets nor what a chart puts values into that it made up. Resolves no
 * reference.
 *
 * @throws WindlassFailure as `declare` does.
 */
export async function declareForFiles(
  spec: Declaring,
  context: EngineContext,
  client: KubernetesClient,
): Promise<readonly Declared[]> {
  const { keeping, namespace = 'default' } = spec;
  const madeUp = new Set(keeping?.places.map(({ object }) => keyOf(object)));
  const manifests = (await loadManifests(spec.manifests, context.files)).filter(({ object }) => {
    const at = object.metadata.namespace ?? namespace;
    return (
      !isSecretKind(object) &&
      !madeUp.has(keyOf({ ...refOf(object), namespace: at })) &&
      !madeUp.has(keyOf(refOf(object)))
    );
  });
  return placedAndChecked(manifests, namespace, context, client);
}

type Declaring = Pick<KubernetesApplySpec, 'manifests' | 'namespace' | 'secrets' | 'keeping'>;

async function placedAndChecked(
  manifests: readonly Manifest[],
  namespace: string,
  context: EngineContext,
  client: KubernetesClient,
): Promise<readonly Declared[]> {
  const objects = manifests.map(({ object }) => object);
  const defined = new Map(
    objects.filter(isDefinition).flatMap((object) => kindsDefinedBy(object).map((kind) => [kindKey(kind), kind])),
  );
  const openApi = new OpenApi((path) => client.readJson(path, { signal: context.signal }));
  const [served, checked] = await Promise.all([
    client.discovery.findAll(
      objects.filter((object) => !defined.has(kindKey(object))),
      context.signal,
    ),
    checkManifests(manifests, defined, openApi),
  ]);
  const placed = place(manifests, served, defined, namespace);
  const problems = [...placed.problems, ...checked.problems, ...duplicates(placed.declared)];
  const absent = await absentNamespaces(placed.declared, client, context.signal);
  const made = new Set(objects.filter(isNamespace).map((object) => object.metadata.name));
  problems.push(...homeless(placed.declared, absent, made));
  if (problems.length > 0) throw problemsFailure(problems);
  return placed.declared.map((item) => ({
    ...item,
    withoutStatus: checked.withoutStatus.has(kindKey(item.ref)),
    reachable: served.has(kindKey(item.ref)) && !absent.has(item.ref.namespace ?? ''),
  }));
}

function isNamespace(object: KubernetesObject): boolean {
  return object.kind === 'Namespace' && object.apiVersion === 'v1';
}

/** Gives each object its kind and namespace. */
function place(
  manifests: readonly Manifest[],
  served: ReadonlyMap<string, ServedKind>,
  defined: ReadonlyMap<string, DefinedKind>,
  otherwise: string,
): { declared: Declared[]; problems: Problem[] } {
  const declared: Declared[] = [];
  const problems: Problem[] = [];
  for (const manifest of manifests) {
    const { object } = manifest;
    const kind = served.get(kindKey(object)) ?? defined.get(kindKey(object));
    if (kind === undefined) {
      const what = `neither the cluster nor a CustomResourceDefinition in these manifests knows ${object.kind} of ${object.apiVersion}${otherVersions(object, [...served.values(), ...defined.values()])}`;
      problems.push({
        ...problemAt(manifest, ['kind'], what),
        missing: { kind: { apiVersion: object.apiVersion, kind: object.kind } },
      });
      continue;
    }
    const { namespace = otherwise, ...metadata } = object.metadata;
    // Many charts write the release's namespace everywhere; kubectl, Helm and Flux leave it out of kinds without one.
    const at = { ...object, metadata: kind.namespaced ? { ...metadata, namespace } : metadata };
    const ref = refOf(at);
    const known = { key: keyOf(ref), label: labelOf(ref), kind, withoutStatus: false, reachable: true };
    declared.push({ manifest, object: at, ref, ...known });
  }
  return { declared, problems };
}

/** Under which other versions a kind is known. */
function otherVersions(object: KubernetesObject, known: readonly ServedKind[]): string {
  const others = known.filter(({ kind, apiVersion }) => kind === object.kind && apiVersion !== object.apiVersion);
  const versions = [...new Set(others.map(({ apiVersion }) => apiVersion))].sort();
  return versions.length === 0 ? '' : `; ${object.kind} is served as ${versions.join(', ')}`;
}

function duplicates(declared: readonly Declared[]): Problem[] {
  const first = new Map<string, Declared>();
  return declared.flatMap((item) => {
    const before = first.get(item.key);
    if (before) {
      const what = `the same object is declared at ${before.manifest.at()}`;
      return [{ at: item.manifest.at(), object: item.label, what }];
    }
    first.set(item.key, item);
    return [];
  });
}

/** Objects whose namespace is neither there nor made by the set. */
function homeless(declared: readonly Declared[], absent: ReadonlySet<string>, made: ReadonlySet<string>): Problem[] {
  return declared.flatMap(({ ref, manifest, label }) => {
    const { namespace } = ref;
    if (namespace === undefined || !absent.has(namespace) || made.has(namespace)) return [];
    return [
      {
        at: manifest.at(['metadata', 'namespace']),
        object: label,
        what: `namespace ${namespace} is neither in the cluster nor in these manifests`,
        missing: { namespace },
      },
    ];
  });
}
