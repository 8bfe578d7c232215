import type { BundleFiles } from '../../domain/step-engine.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isList, isObject, readObject } from '../fields.ts';
import { labelOf } from '../identity.ts';
import { placeOf, type Manifest, type Origin } from './manifest.ts';
import { namespaceProblem, nameProblem } from './names.ts';
import { problemsFailure, type Problem } from './problem.ts';
import { sizeProblem } from './size.ts';
import { parseManifestFile } from '../../manifests/yaml.ts';

const MANIFEST_FILE = /\.(ya?ml|json)$/;

/**
 * Reads all manifests under some paths of the bundle: multi-document YAML or JSON, lists expanded.
 *
 * @throws WindlassFailure `InvalidManifest` with every problem of every file; what reading files throws.
 */
export async function loadManifests(paths: readonly string[], files: BundleFiles): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    const found = files.list(path).filter((file) => file === path || MANIFEST_FILE.test(file));
    if (found.length === 0)
      problems.push({
        type: 'manifest',
        at: path,
        what: 'there is no such file, or no .yaml, .yml or .json file in it',
      });
    for (const file of found) {
      if (seen.has(file)) continue;
      seen.add(file);
      const loaded = manifestsOf(file, await files.read(file));
      manifests.push(...loaded.manifests);
      problems.push(...loaded.problems);
    }
  }
  // A step that declares nothing was meant to declare something.
  if (manifests.length + problems.length === 0)
    problems.push({ type: 'manifest', at: paths.join(', '), what: 'there is no object in it' });
  if (problems.length > 0) throw problemsFailure(problems);
  return manifests;
}

interface Loaded {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/** Plans, applies and verifications of one bundle read the same files: each is parsed once. Bounded by its size. */
const parsed = new Map<string, { readonly text: string; readonly loaded: Loaded }>();
const REMEMBERED_CHARACTERS = 16_000_000;

function manifestsOf(file: string, text: string): Loaded {
  const known = parsed.get(file);
  if (known?.text === text) return known.loaded;
  const loaded = parse(file, text);
  parsed.delete(file);
  parsed.set(file, { text, loaded });
  let size = [...parsed.values()].reduce((sum, entry) => sum + entry.text.length, 0);
  for (const [oldest, entry] of parsed) {
    if (size <= REMEMBERED_CHARACTERS) break;
    parsed.delete(oldest);
    size -= entry.text.length;
  }
  return loaded;
}

function parse(file: string, text: string): Loaded {
  const { documents, problems: syntax } = parseManifestFile(text);
  const manifests: Manifest[] = [];
  const problems: Problem[] = syntax.map(({ line, column, what }) => ({
    type: 'manifest',
    at: `${file}:${String(line)}:${String(column)}`,
    what,
  }));
  for (const { value, index } of documents)
    for (const { item, within } of expand(value, [])) {
      const origin: Origin = { file, text, document: index, within };
      const found = problemsOf(item, origin);
      problems.push(...found);
      if (found.length === 0) manifests.push({ object: item as KubernetesObject, at: (path) => placeOf(origin, path) });
    }
  return { manifests, problems };
}

interface Item {
  readonly item: Json;
  readonly within: readonly (string | number)[];
}

/** The objects of a `List`, or of a typed one such as `ConfigMapList`, whose items leave out their kind. */
function expand(value: Json, within: readonly (string | number)[]): Item[] {
  if (!isObject(value) || typeof value.kind !== 'string' || !value.kind.endsWith('List') || !isList(value.items))
    return [{ item: value, within }];
  const { apiVersion, kind } = value;
  const common: JsonObject =
    kind === 'List' ? {} : { apiVersion: apiVersion ?? '', kind: kind.slice(0, -'List'.length) };
  return value.items.flatMap((item, index) =>
    expand(isObject(item) ? { ...common, ...item } : item, [...within, 'items', index]),
  );
}

/** What keeps a document from being an object at all. */
function problemsOf(value: Json, origin: Origin): Problem[] {
  if (!isObject(value)) return [{ type: 'manifest', at: placeOf(origin), what: 'this is not a Kubernetes object' }];
  const { apiVersion, kind } = value;
  const { name, namespace, generateName } = readObject(value, 'metadata');
  const wrong: [path: string[], what: string][] = [];
  if (typeof apiVersion !== 'string' || apiVersion === '') wrong.push([['apiVersion'], 'apiVersion is missing']);
  if (typeof kind !== 'string' || kind === '') wrong.push([['kind'], 'kind is missing']);
  if (generateName !== undefined)
    wrong.push([
      ['metadata', 'generateName'],
      'generateName cannot be applied: an object needs one name to be found again',
    ]);
  else if (typeof name !== 'string' || name === '') wrong.push([['metadata', 'name'], 'metadata.name is missing']);
  if (namespace !== undefined && (typeof namespace !== 'string' || namespace === ''))
    wrong.push([['metadata', 'namespace'], 'metadata.namespace must be a name']);
  if (typeof name === 'string' && typeof apiVersion === 'string' && name !== '') {
    const problem = nameProblem(apiVersion, name, typeof kind === 'string' ? kind : undefined);
    if (problem !== null) wrong.push([['metadata', 'name'], problem]);
  }
  if (typeof namespace === 'string' && namespace !== '') {
    const problem = namespaceProblem(namespace);
    if (problem !== null) wrong.push([['metadata', 'namespace'], problem]);
  }
  if (wrong.length === 0) {
    const problem = sizeProblem(value as KubernetesObject);
    if (problem !== null) wrong.push([[], problem]);
  }
  const object =
    typeof kind === 'string' && typeof name === 'string'
      ? { object: labelOf({ kind, name, ...(typeof namespace === 'string' ? { namespace } : {}) }) }
      : {};
  return wrong.map(([path, what]) => ({ type: 'manifest', at: placeOf(origin, path), ...object, what }));
}
