import type { Json, JsonObject } from '../domain/json.ts';
import { labelOf, type KubernetesObject } from '../domain/kubernetes-api.ts';
import { isObject, readObject } from '../domain/json-fields.ts';
import { beyond } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { RENDERED } from '../domain/rendering.ts';
import { durationProblems } from './durations.ts';
import { serverFields } from './exported.ts';
import { itemsOf, strayFields } from './lists.ts';
import { namespaceProblem, nameProblem } from './names.ts';
import { sizeProblem } from './size.ts';
import { parseManifestFile, positionOf, type Position } from './yaml.ts';
import type { FieldPath } from './yaml-path.ts';

/** One Kubernetes object of a manifest file. */
interface ManifestObject {
  /** As it is applied: what only a server sets, and a namespace without a name, are left out. */
  readonly object: KubernetesObject;
  /** Where a field of it is written; the object itself without a path. Slow: for errors only. */
  readonly at: (path?: FieldPath) => Position;
}

/** Something that is wrong in a manifest file, or was left out of an object. */
export interface Remark extends Position {
  /** `Deployment data/web`, when it is known which object is meant. */
  readonly object?: string;
  /** Quotes no value. */
  readonly what: string;
}

export interface ManifestFile {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly Remark[];
  /** What was left out of objects. */
  readonly notes: readonly Remark[];
  /** Everything that is written in the file, for those who look for what must not be. */
  readonly documents: readonly WrittenDocument[];
}

interface WrittenDocument {
  /** Lists are in one piece, and nothing is merged: all mappings that a mapping merges are a list under `<<`. */
  readonly written: Json;
  /** Where something of it is written. Slow: for errors only. */
  readonly at: (path: FieldPath) => Position;
}

/** What a manifest file is called. A file that a step names itself may be called otherwise. */
const MANIFEST_FILE = /\.(ya?ml|json)$/i;

/**
 * Of the files below a directory, sorted, those that are manifests; of a file, itself. Hidden files are none, but for those
 * that were rendered: they are called after what they come from, which may be hidden.
 */
export function manifestFiles(reference: string, files: readonly string[]): readonly string[] {
  const isHidden = (file: string): boolean =>
    !`${reference}/`.startsWith(`${RENDERED}/`) && /(^|\/)\./.test(file.slice(reference.length).replace(/^\//, ''));
  return files.filter((file) => file === reference || (MANIFEST_FILE.test(file) && !isHidden(file)));
}

/**
 * The objects of a manifest file, YAML or JSON, those of lists too: what the checks of the bundle see, and what engines
 * apply. A document that holds nothing is none.
 */
export function readManifests(text: string): ManifestFile {
  const { documents, problems: syntax } = parseManifestFile(text);
  const objects: ManifestObject[] = [];
  const problems: Remark[] = [...syntax];
  const notes: Remark[] = [];
  for (const { value, index } of documents) {
    problems.push(
      ...strayFields(value).map((path) => ({
        ...positionOf(text, index, path),
        what: `${path.slice(-2).join('.')} of a list is applied nowhere: what is meant must be in one of its items`,
      })),
    );
    const items = itemsOf(value);
    if (objects.length + items.length > LIMITS.objects.most)
      return {
        objects: [],
        problems: [{ ...positionOf(text, index, []), what: beyond(LIMITS.objects) }],
        notes: [],
        documents: [],
      };
    for (const { item, within } of items) {
      const at = (path: FieldPath = []): Position => positionOf(text, index, [...within, ...path]);
      const read = objectOf(item);
      const label = read.label === undefined ? {} : { object: read.label };
      problems.push(...read.problems.map(({ path, what }) => ({ ...at(path), ...label, what })));
      notes.push(...read.notes.map(({ path, what }) => ({ ...at(path), ...label, what })));
      if (read.problems.length === 0) objects.push({ object: read.object as KubernetesObject, at });
    }
  }
  const all = documents.map(({ written, index }) => ({
    written,
    at: (path: FieldPath): Position => positionOf(text, index, path),
  }));
  return { objects, problems, notes, documents: all };
}

interface Said {
  readonly path: FieldPath;
  readonly what: string;
}

interface ReadObject {
  readonly object: Json;
  readonly label?: string;
  readonly problems: readonly Said[];
  readonly notes: readonly Said[];
}

function objectOf(value: Json): ReadObject {
  if (!isObject(value)) {
    const what = 'not a Kubernetes object: it must be a mapping with apiVersion, kind and metadata.name';
    return { object: value, problems: [{ path: [], what }], notes: [] };
  }
  const { apiVersion, kind } = value;
  const { name, namespace } = readObject(value['metadata']);
  const problems: Said[] = [
    ...textProblems(['apiVersion'], apiVersion),
    ...textProblems(['kind'], kind),
    ...nameProblems(value),
    ...namespaceProblems(namespace),
  ];
  const { refused, dropped } = serverFields(value);
  problems.push(
    ...refused.map((path) => ({
      path,
      what: `${path.join('.')} belongs to one object of one cluster, and this was read from there: take ${listed(refused)} out of the manifest`,
    })),
  );
  const object = asApplied(value, dropped);
  if (problems.length === 0) {
    const size = sizeProblem(object as KubernetesObject);
    if (size !== null) problems.push({ path: [], what: size });
    problems.push(...durationProblems(object as KubernetesObject));
  }
  const told = dropped.filter((path) => path[1] !== 'creationTimestamp' || valueAt(value, path) !== null);
  return {
    object,
    ...(typeof kind === 'string' && typeof name === 'string'
      ? { label: labelOf({ kind, name, ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}) }) }
      : {}),
    problems,
    notes: told.map((path) => ({ path, what: `${path.join('.')} is left out: only the API server sets it` })),
  };
}

function valueAt(value: JsonObject, [first = '', second = '']: FieldPath): Json | undefined {
  return readObject(value[first])[second];
}

function listed(paths: readonly FieldPath[]): string {
  const names = paths.map((path) => path.join('.'));
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

function textProblems(path: FieldPath, value: Json | undefined): readonly Said[] {
  if (typeof value === 'string' && value !== '') return [];
  const reason =
    value === undefined ? 'is missing, so this is no Kubernetes object' : 'must be a text that is not empty';
  return [{ path, what: `the field ${path.join('.')} ${reason}` }];
}

function nameProblems(value: JsonObject): readonly Said[] {
  const { name, generateName } = readObject(value['metadata']);
  if (name === undefined && generateName !== undefined)
    return [
      {
        path: ['metadata', 'generateName'],
        what: 'generateName cannot be applied: an object needs one name to be found again',
      },
    ];
  const path = ['metadata', 'name'];
  const problems = textProblems(path, name);
  const { apiVersion, kind } = value;
  if (problems.length > 0 || typeof name !== 'string' || typeof apiVersion !== 'string') return problems;
  const what = nameProblem(apiVersion, name, typeof kind === 'string' ? kind : undefined);
  return what === null ? [] : [{ path, what }];
}

function namespaceProblems(namespace: Json | undefined): readonly Said[] {
  if (isNone(namespace)) return [];
  const path = ['metadata', 'namespace'];
  if (typeof namespace !== 'string') return textProblems(path, namespace ?? null);
  const what = namespaceProblem(namespace);
  return what === null ? [] : [{ path, what }];
}

/** No namespace, as kubectl takes it: where the object goes is left to the step. */
function isNone(namespace: Json | undefined): boolean {
  return namespace === undefined || namespace === null || namespace === '';
}

/** Beside a name `generateName` says nothing. */
function asApplied(value: JsonObject, dropped: readonly FieldPath[]): JsonObject {
  const metadata = readObject(value['metadata']);
  const gone = new Set<string | number | undefined>(dropped.map((path) => path[1]));
  if ('generateName' in metadata) gone.add('generateName');
  if ('namespace' in metadata && isNone(metadata['namespace'])) gone.add('namespace');
  // Empty ones of an export that was cleaned halfway say nothing either.
  for (const name of ['uid', 'resourceVersion', 'managedFields', 'deletionTimestamp', 'deletionGracePeriodSeconds'])
    if (name in metadata) gone.add(name);
  if (gone.size === 0) return value;
  return { ...value, metadata: Object.fromEntries(Object.entries(metadata).filter(([name]) => !gone.has(name))) };
}
