import type { KeptKind, KindOfNamespace, KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { groupOf, labelOf } from '../../domain/kubernetes-api.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { fieldAt, textAt, textsAt } from '../values.ts';
import { readContents, type ListedObject } from './contents.ts';
import type { BackupVerdict } from './judge.ts';
import { BACKUP, INCOMPLETE } from './objects.ts';
import type { Place } from './results.ts';
import type { BackupTools } from './tools.ts';

/** What a backup lacks of what was asked for and is there. */
export interface Completeness {
  /** Each in words; empty for a backup that holds all of it. */
  readonly faults: readonly string[];
  /** Resources of which there are objects, and of which the backup holds none: Velero does not know them yet. */
  readonly unknown: readonly string[];
  /** Resources that the user may not list: nothing is said of them. */
  readonly notLooked: readonly string[];
}

/** Which of the cluster's objects a backup must hold. */
export interface Held {
  readonly backup: KubernetesObject;
  readonly place: Place;
  /** Of these namespaces alone; all that the backup was asked for when absent. */
  readonly namespaces?: readonly string[];
  /** Of these kinds alone. */
  readonly among?: (kinds: readonly KindOfNamespace[]) => readonly KindOfNamespace[];
}

/** How many objects of a resource are named. */
const NAMED = 5;
/** Up to so many namespaces are listed one by one. */
const FEW = 8;
/** What Velero leaves out when it is asked to. */
const EXCLUDED = 'velero.io/exclude-from-backup';
/** Known in two groups, of which Velero takes one; and Velero's own, which change while it works. */
const LEFT_OUT = /^events(\.events\.k8s\.io)?$|\.velero\.io$/;

/**
 * Compares what a backup was asked to hold, and what there is, with Velero's own list of what it holds. Velero 1.18 calls
 * a backup Completed, without a warning, that lacks a kind which was made since it last looked which kinds there are
 * (every 5 minutes), a resource that it does not know, or a namespace that does not exist.
 *
 * What counts is what was there when the backup was asked for, and still is: it was there all the time.
 *
 * @throws WindlassFailure as `readContents` does, `KubernetesApi.list`, and of the bucket.
 */
export async function completenessOf(tools: BackupTools, of: Held, signal: AbortSignal): Promise<Completeness> {
  const { backup, place } = of;
  const spec = backup.spec;
  const { objects } = await readContents(tools.reader, place, backup.metadata.name, signal);
  const kinds = await tools.allKinds(signal);
  const asked = {
    namespaces: textsAt(spec, 'includedNamespaces'),
    resources: textsAt(spec, 'includedResources').filter((name) => name !== '*'),
    without: textsAt(spec, 'excludedResources'),
  };
  const known = new Set(kinds.flatMap(({ names }) => names));
  const faults = [
    ...namespacesWithout(asked.namespaces, objects).map((name) => `no namespace ${name} is in it`),
    ...asked.resources
      .filter((name) => !known.has(name))
      .map((name) => `resource ${name} was asked for, and the cluster knows none of that name`),
  ];
  // Which objects a selector meant cannot be told afterwards: their labels may be others by now.
  if (fieldAt(spec, 'labelSelector') !== undefined || fieldAt(spec, 'orLabelSelectors') !== undefined)
    return { faults, unknown: [], notLooked: [] };
  const selected = kinds.filter(
    ({ names, resource }) =>
      !LEFT_OUT.test(resource) &&
      (asked.resources.length === 0 || names.some((name) => asked.resources.includes(name))) &&
      !names.some((name) => asked.without.includes(name)),
  );
  const looked = await Promise.all([
    ...inNamespaces(of, selected).map((kind) => lacking(tools, kind, objects, of, signal)),
    ...(fieldAt(spec, 'includeClusterResources') === true && of.namespaces === undefined
      ? selected.filter(isOfCluster).map((kind) => lacking(tools, kind, objects, of, signal))
      : []),
  ]);
  return {
    faults: [...faults, ...looked.flatMap((one) => one.faults)],
    unknown: looked.flatMap((one) => one.unknown),
    notLooked: looked.flatMap((one) => one.notLooked),
  };
}

/** A verdict that takes into account what the backup lacks. Making it anew helps once Velero knows the kinds. */
export function withCompleteness(verdict: BackupVerdict, { faults, unknown, notLooked }: Completeness): BackupVerdict {
  const unseen =
    notLooked.length === 0 ? [] : [`not compared, since the user may not list them: ${notLooked.join(', ')}`];
  return {
    ...verdict,
    good: verdict.good && faults.length === 0,
    faults: [...verdict.faults, ...faults],
    warnings: [...verdict.warnings, ...unseen],
    again: verdict.again || unknown.length > 0,
  };
}

/**
 * Notes on a backup what it lacks, so that nobody takes it for good by what it says of itself.
 *
 * @throws WindlassFailure as `KubernetesApi.merge` does.
 */
export async function noteIncomplete(
  api: Pick<KubernetesApi, 'merge'>,
  { metadata }: KubernetesObject,
  { faults }: Completeness,
  signal: AbortSignal,
): Promise<void> {
  if (faults.length === 0) return;
  const ref = { ...BACKUP, namespace: metadata.namespace ?? '', name: metadata.name };
  const annotations = { [INCOMPLETE]: JSON.stringify(faults.slice(0, NAMED)) };
  await api.merge(ref, { metadata: { annotations } }, { signal });
}

function inNamespaces({ among }: Held, selected: readonly KeptKind[]): readonly KeptKind[] {
  const namespaced = selected.filter(({ namespaced: is }) => is);
  if (among === undefined) return namespaced;
  const meant = new Set(among(namespaced).map(({ resource }) => resource));
  return namespaced.filter(({ resource }) => meant.has(resource));
}

/** Namespaces themselves are told by `namespacesWithout`. */
function isOfCluster({ namespaced, resource }: KeptKind): boolean {
  return !namespaced && resource !== 'namespaces';
}

/** What there is of one kind, and is not in the list. */
async function lacking(
  { api }: Pick<BackupTools, 'api'>,
  kind: KeptKind,
  listed: readonly ListedObject[],
  { backup, namespaces }: Held,
  signal: AbortSignal,
): Promise<Completeness> {
  const { apiVersion, kind: name, resource, namespaced } = kind;
  const asked = Date.parse(textAt(backup.metadata, 'creationTimestamp') ?? '');
  let there: readonly KubernetesObject[];
  try {
    const lists = placesOf(namespaced, namespaces ?? textsAt(backup.spec, 'includedNamespaces')).map((namespace) =>
      api.list({ apiVersion, kind: name }, { signal, ...(namespace === null ? {} : { namespace }) }),
    );
    there = (await Promise.all(lists)).flat();
  } catch (error) {
    if (!(error instanceof WindlassFailure)) throw error;
    if (error.type === 'AccessDenied') return { faults: [], unknown: [], notLooked: [resource] };
    // Gone since one looked which kinds there are.
    if (error.type === 'UnknownKind') return NOTHING_LACKS;
    throw error;
  }
  const wanted = there.filter(
    ({ metadata }) =>
      (!namespaced || isIn(metadata.namespace ?? '', namespaces ?? null, backup)) &&
      Date.parse(textAt(metadata, 'creationTimestamp') ?? '') < asked &&
      textAt(metadata, 'deletionTimestamp') === null &&
      metadata.labels?.[EXCLUDED] !== 'true',
  );
  const held = listed.filter((one) => one.kind === name && groupOf(one.apiVersion) === groupOf(apiVersion));
  const keys = new Set(held.map((one) => `${one.namespace ?? ''}/${one.name}`));
  const missing = wanted.filter(({ metadata }) => !keys.has(`${metadata.namespace ?? ''}/${metadata.name}`));
  if (missing.length === 0) return NOTHING_LACKS;
  if (held.length === 0) {
    const words = `none of ${String(missing.length)} ${resource} is in it: ${LOOKS}`;
    return { faults: [words], unknown: [resource], notLooked: [] };
  }
  const more = missing.length - NAMED;
  const words = missing.slice(0, NAMED).map(({ metadata }) => `${labelOf({ kind: name, ...metadata })} is not in it`);
  const rest = more > 0 ? [`and ${String(more)} more of ${resource}`] : [];
  return { faults: [...words, ...rest], unknown: [], notLooked: [] };
}

/** Where to list: in each of a few namespaces, else in all of the cluster (null) at once. */
function placesOf(namespaced: boolean, names: readonly string[]): readonly (string | null)[] {
  const exact = namespaced && names.length > 0 && names.length <= FEW && !names.some((name) => /[*?[]/.test(name));
  return exact ? names : [null];
}

const NOTHING_LACKS: Completeness = { faults: [], unknown: [], notLooked: [] };
const LOOKS = 'Velero knows kinds by its last look, every 5 minutes, and this one may be younger';

function isIn(namespace: string, only: readonly string[] | null, { spec }: KubernetesObject): boolean {
  if (only !== null) return only.includes(namespace);
  const included = textsAt(spec, 'includedNamespaces');
  const excluded = textsAt(spec, 'excludedNamespaces');
  const matches = (patterns: readonly string[]): boolean => patterns.some((pattern) => globOf(pattern).test(namespace));
  return (included.length === 0 || matches(included)) && !matches(excluded);
}

/** Names and patterns of namespaces that nothing in the backup is of. */
function namespacesWithout(asked: readonly string[], listed: readonly ListedObject[]): readonly string[] {
  const held = new Set(
    listed.flatMap(({ kind, apiVersion, namespace, name }) =>
      namespace !== null ? [namespace] : kind === 'Namespace' && apiVersion === 'v1' ? [name] : [],
    ),
  );
  return asked.filter((pattern) => ![...held].some((name) => globOf(pattern).test(name)));
}

/** As Velero reads names of namespaces: `*`, `?` and `[abc]` (pkg/util/wildcard of Velero 1.18). */
function globOf(pattern: string): RegExp {
  const parts = pattern.split(/(\*|\?|\[[^\]]*\])/).map((part, at) => {
    if (at % 2 === 0) return RegExp.escape(part);
    return part === '*' ? '.*' : part === '?' ? '.' : part;
  });
  return new RegExp(`^${parts.join('')}$`);
}
