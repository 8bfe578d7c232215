import { createHash } from 'node:crypto';
import { compareTexts } from '../../../../src/domain/compare.ts';
import { canonicalJson, type Json, type JsonObject } from '../../../../src/domain/json.ts';
import { isObject, readList, readObject, readText, without } from '../../../../src/domain/json-fields.ts';
import type { KubernetesObject } from '../../../../src/domain/kubernetes-api.ts';
import { ownerUids } from '../../../../src/kubernetes/identity.ts';
import { openLabCluster } from '../../../support/lab-cluster.ts';
import type { Variables } from '../../../support/settings.ts';
import type { Neutral } from './neutral.ts';

/** Annotations that tell of a moment, and what they are told as. */
const MOMENTARY_ANNOTATIONS: Readonly<Record<string, string>> = {
  'windlass.dev/fence-token': '<token>',
  'windlass.dev/restore-seconds': '<seconds>',
  // Of two nodes that are alike the scheduler takes one.
  'volume.kubernetes.io/selected-node': '<node>',
};

/** Kinds of which nobody says how they are to be: servers write them, by the clock or for themselves. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  Event: 'tells what happened on the way',
  Lease: 'says who leads at the moment',
  Endpoints: 'addresses that pods happen to have; the pods are compared',
  IPAddress: 'an address that a Service happens to have; the Service is compared',
};
const SET_BY_SERVER = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields']);
/** Fields of a Service that the server chose. */
const CHOSEN = new Set(['clusterIP', 'clusterIPs', 'healthCheckNodePort']);
/** What a status says of moments, of addresses, of how often something was counted, and of how many things there were just then. */
const MOMENTARY =
  /(?:^progress|Time|Timestamp|Generation|Revision|Probe|IP|IPs|Count|collisionCount|Transition|containerStatuses|initContainerStatuses|nodeInfo|addresses)$/;

/** Which keys of Secrets the rollout makes up, as `namespace/name`. */
export type Generated = ReadonlyMap<string, ReadonlyMap<string, { readonly length: number }>>;

/**
 * Every object of a lab's cluster by its kind and name, without what the servers set by themselves. Values of Secrets are told by where
 * they come from, or by how they were made up.
 */
export async function objectsOf(
  env: Variables,
  neutral: Neutral,
  generated: Generated,
): Promise<ReadonlyMap<string, Json>> {
  const api = await openLabCluster(env);
  try {
    const kinds = (await api.discovery.keptKinds()).filter(({ kind }) => !Object.hasOwn(LEFT_OUT, kind));
    const lists = await Promise.all(
      kinds.map(async ({ apiVersion, kind }) =>
        (await api.list({ apiVersion, kind })).map((object) => ({ ...object, apiVersion, kind })),
      ),
    );
    const objects = lists.flat();
    const known = neutral.knowing(uidsOf(objects));
    const momentary = new Set(objects.filter(isOfTheMoment).map(({ metadata }) => metadata.uid));
    const comparable = objects.filter((object) =>
      [object.metadata.uid, ...ownerUids(object)].every((uid) => !momentary.has(uid)),
    );
    return named(comparable.map((object) => known.of(comparableOf(object, neutral, generated)) as KubernetesObject));
  } finally {
    await api.close();
  }
}

/**
 * What a schedule made, of which the time of day says how much there is; slices of addresses that pods happen to have; and the Service of
 * the API server, which has the port of the lab.
 */
function isOfTheMoment({ kind, metadata }: KubernetesObject): boolean {
  const { labels = {}, namespace, name } = metadata;
  if (kind === 'Service' && namespace === 'default' && name === 'kubernetes') return true;
  if (labels['velero.io/schedule-name'] !== undefined) return true;
  if (labels['endpointslice.kubernetes.io/managed-by'] === 'endpointslice-controller.k8s.io') return true;
  return readList(metadata, 'ownerReferences').some((owner) => readText(owner, 'kind') === 'CronJob');
}

/** Objects refer to each other by uids: each is told by whose it is. */
function uidsOf(objects: readonly KubernetesObject[]): ReadonlyMap<string, string> {
  return new Map(
    objects.flatMap(({ kind, metadata: { uid, namespace, name } }) =>
      uid === undefined ? [] : [[uid, `<${kind} ${namespace ?? ''}/${name}>`]],
    ),
  );
}

function comparableOf(object: KubernetesObject, neutral: Neutral, generated: Generated): Json {
  const { metadata, status, ...rest } = object;
  const kept = without(metadata, SET_BY_SERVER);
  return {
    ...rest,
    ...(object.kind === 'Service' ? { spec: serviceSpec(readObject(object, 'spec')) } : {}),
    ...(object.kind === 'Secret' ? { data: secretData(object, neutral, generated) } : {}),
    ...(object.kind === 'Pod' ? { spec: without(readObject(object, 'spec'), new Set(['nodeName'])) } : {}),
    metadata: { ...kept, ...timelessAnnotations(metadata), managedFields: managersOf(metadata) },
    // What an autoscaler saw last; the replicas of what it scales are compared.
    ...(isObject(status) && object.kind !== 'HorizontalPodAutoscaler' ? { status: settled(status) } : {}),
  };
}

/** Annotations as they are, but for those of the moment: of these it is told that they are there. */
function timelessAnnotations({ annotations }: KubernetesObject['metadata']): JsonObject {
  if (annotations === undefined) return {};
  return {
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [key, MOMENTARY_ANNOTATIONS[key] ?? value]),
    ),
  };
}

/** Who manages which fields, without when they did. What servers manage of a status is not told: they come and go with the status. */
function managersOf(metadata: JsonObject): Json {
  return readList(metadata, 'managedFields')
    .filter((entry) => readText(entry, 'subresource') !== 'status')
    .map((entry) => (isObject(entry) ? without(entry, new Set(['time'])) : entry))
    .toSorted((a, b) => compareTexts(canonicalJson(a), canonicalJson(b)));
}

function serviceSpec(spec: JsonObject): JsonObject {
  const headless = spec['clusterIP'] === 'None';
  return headless ? spec : without(spec, CHOSEN);
}

/** Values that are the lab's own by the names of its variables; made up ones by their rule, all others by their digest. */
function secretData({ metadata, ...object }: KubernetesObject, neutral: Neutral, generated: Generated): JsonObject {
  const made = generated.get(`${metadata.namespace ?? ''}/${metadata.name}`);
  return Object.fromEntries(
    Object.entries(readObject(object, 'data')).map(([key, value]) => {
      const text = Buffer.from(typeof value === 'string' ? value : '', 'base64').toString();
      const rule = made?.get(key);
      const known = neutral.text(text);
      if (rule === undefined) return [key, /^<\w+>$/.test(known) ? known : digest(known)];
      return [key, text.length === rule.length ? 'made up' : `${text.length} characters, and not ${rule.length}`];
    }),
  );
}

/** A status without what is of the moment, at any depth; conditions in the order of their types. */
function settled(value: Json): Json {
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map(settled);
    return items.every((item) => readText(item, 'type') !== undefined)
      ? items.toSorted((a, b) => compareTexts(readText(a, 'type') ?? '', readText(b, 'type') ?? ''))
      : items;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !MOMENTARY.test(key))
      .map(([key, item]) => [key, settled(item)]),
  );
}

/** Objects whose names a controller made up are told apart by what they are, and counted; pods of StatefulSets have names that last. */
function named(objects: readonly KubernetesObject[]): ReadonlyMap<string, Json> {
  const told = objects.map((object): readonly [string, Json] => {
    const { namespace, name, generateName } = object.metadata;
    const at = `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}`;
    const isOfSet = readList(object, 'metadata', 'ownerReferences').some(
      (owner) => readText(owner, 'kind') === 'StatefulSet',
    );
    if (typeof generateName !== 'string' || isOfSet) return [`${at}${name}`, object];
    const nameless = { ...object, metadata: without(object.metadata, new Set(['name'])) };
    return [`${at}${generateName}`, nameless];
  });
  const counts = new Map<string, number>();
  return new Map(
    told
      .toSorted((a, b) => compareTexts(canonicalJson(a), canonicalJson(b)))
      .map(([name, object]) => {
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        return [count === 1 ? name : `${name} #${String(count)}`, object];
      }),
  );
}

function digest(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
