import { parseJson, type Json, type JsonObject } from '../../domain/json.ts';
import { isList, isObject, readObject } from '../../domain/json-fields.ts';
import { groupOf } from '../../domain/kubernetes-api.ts';
import { isWrittenIn } from '../../domain/secret-names.ts';
import { holdsAddressWithPassword, holdsPrivateKey } from '../../domain/secret-text.ts';
import { commonOf } from '../../manifests/lists.ts';
import type { Path } from '../source/yaml-source.ts';

export interface WrittenSecret {
  readonly at: Path;
  readonly message: string;
  /** False where only the name of a value says so: worth a note, no refusal. */
  readonly certain: boolean;
}

const NEVER = 'secret values never enter a bundle';

/** What kubectl keeps of the manifest that it applied; an export brings it along. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** What a Secret may have without giving anything away. */
const OF_A_SECRET = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable']);
/** ObjectMeta of the API machinery. What is not here has slipped in by a wrong indent. */
const OBJECT_META = new Set([
  ...['name', 'generateName', 'namespace', 'labels', 'annotations', 'finalizers', 'ownerReferences', 'managedFields'],
  ...['uid', 'resourceVersion', 'generation', 'selfLink', 'creationTimestamp'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds'],
]);
/** What names a Secret and holds nothing of it: ObjectReference, and OwnerReference. */
const OF_A_REFERENCE = new Set([
  ...['apiVersion', 'kind', 'name', 'namespace', 'uid', 'resourceVersion', 'fieldPath', 'key', 'optional'],
  ...['controller', 'blockOwnerDeletion'],
]);

/**
 * Places of a document of manifests where a secret value looks written down. The messages never repeat it.
 *
 * Of Secrets, in whatever they are wrapped, and however their kind is misspelt, nothing passes. All else is a net for
 * mistakes, not a proof: what looks like any other text passes.
 *
 * @param written nothing merged: mappings that a mapping merges are a list under `<<`.
 */
export function writtenSecrets(written: Json): readonly WrittenSecret[] {
  const found = within(written, [], {});
  return [...new Map(found.map((one) => [JSON.stringify([one.at, one.message]), one])).values()];
}

/** @param common what the item of a list leaves out. */
function within(value: Json, at: Path, common: JsonObject): readonly WrittenSecret[] {
  if (typeof value === 'string') return text(value, at);
  if (isList(value)) return value.flatMap((item, index) => within(item, [...at, index], common));
  if (!isObject(value)) return [];
  const { '<<': merge = [], ...own } = value;
  const merged = (isList(merge) ? merge : [merge]).filter((one) => isObject(one));
  // What another value hides is written in the bundle all the same.
  const inherited = merged.reduceRight<JsonObject>((all, one) => ({ ...all, ...one }), common);
  const resolved: JsonObject = { ...inherited, ...own };
  const readings = [resolved, ...merged.map((one) => ({ ...resolved, ...one }))];
  const ofItems = readings.map(commonOf).find((one) => one !== null) ?? {};
  return [
    ...readings.flatMap((reading) => [
      ...secretObject(reading, at),
      ...configMap(reading, at),
      ...variable(reading, at),
    ]),
    ...[own, ...merged]
      .flatMap((fields) => Object.entries(fields))
      .flatMap(([key, field]) => within(field, [...at, key], key === 'items' ? ofItems : {})),
  ];
}

/** A Secret, also one inside of something else, such as a template. */
function secretObject(fields: JsonObject, at: Path): readonly WrittenSecret[] {
  if (!isOfCore(fields, /^secrets?(list)?$/i) || isReference(fields)) return [];
  if (commonOf(fields) !== null) return refused(fields, at, (field) => field !== 'items' && !OF_A_SECRET.has(field));
  const { type = null, immutable = null } = fields;
  return [
    ...refused(fields, at, (field) => !OF_A_SECRET.has(field)),
    ...refused({ type, immutable }, at, (_field, value) => typeof value === 'object'),
    ...refused(readObject(fields['metadata']), [...at, 'metadata'], isNoMetadata),
    ...(readObject(fields['metadata'], 'annotations')[LAST_APPLIED] === undefined
      ? []
      : [
          {
            at: [...at, 'metadata', 'annotations', LAST_APPLIED],
            message: `a Secret with a copy of itself in an annotation: ${NEVER}. Remove ${LAST_APPLIED}`,
            certain: true,
          },
        ]),
  ];
}

function refused(
  fields: JsonObject,
  at: Path,
  isRefused: (field: string, value: Json) => boolean,
): readonly WrittenSecret[] {
  return Object.entries(fields)
    .filter(([field, value]) => isRefused(field, value) && !isEmpty(value))
    .map(([field]) => ({
      at: [...at, field],
      message: `a Secret with its values written down: ${NEVER}. Remove ${field} and refer to the values instead, in the step: secrets: { NAME: { KEY: { secret: NAME } } }; or name a Secret that is made outside of the rollout in the workload, by secretKeyRef`,
      certain: true,
    }));
}

/** A field of `metadata` that no object has there, or mappings where only texts can be. */
function isNoMetadata(field: string, value: Json): boolean {
  if (!OBJECT_META.has(field)) return true;
  if (field === 'managedFields') return false;
  const texts = ['labels', 'annotations'].includes(field)
    ? Object.values(readObject(value))
    : field === 'ownerReferences' && isList(value)
      ? value.flatMap((owner) => Object.values(readObject(owner)))
      : isList(value)
        ? value
        : [value];
  return texts.some((one) => typeof one === 'object' && !isEmpty(one));
}

/** Whether an object is of a kind of the core group, in whatever version: misspelt, it is meant all the same. */
function isOfCore(fields: JsonObject, kinds: RegExp): boolean {
  const { apiVersion, kind } = fields;
  if (typeof kind !== 'string' || !kinds.test(kind.trim())) return false;
  // Without a version it is a reference or a selector of somebody's own, unless it has what only the object itself has.
  if (apiVersion === undefined) return isObject(fields['stringData']) || isObject(fields['data']);
  return typeof apiVersion !== 'string' || ['', 'core'].includes(groupOf(apiVersion.trim()));
}

function isReference(fields: JsonObject): boolean {
  return (
    'name' in fields &&
    Object.entries(fields).every(([field, value]) => OF_A_REFERENCE.has(field) && typeof value !== 'object')
  );
}

function isEmpty(value: Json): boolean {
  return value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}

function text(value: string, at: Path): readonly WrittenSecret[] {
  if (holdsPrivateKey(value))
    return [{ at, message: `holds a private key: ${NEVER}; refer to a Secret`, certain: true }];
  if (holdsAddressWithPassword(value))
    return [{ at, message: `holds an address with a password: ${NEVER}; refer to a Secret`, certain: true }];
  if (at.at(-1) !== LAST_APPLIED) return [];
  return within(parsed(value), [], {}).map(({ message, certain }) => ({
    at,
    message: `a copy of the object, in it ${message}`,
    certain,
  }));
}

function parsed(value: string): Json {
  try {
    return parseJson(value);
  } catch {
    return null;
  }
}

/** Keys of a ConfigMap that become variables, and files that are kept as base64. */
function configMap(fields: JsonObject, at: Path): readonly WrittenSecret[] {
  if (!isOfCore(fields, /^configmaps?$/i)) return [];
  const { stringData = null } = fields;
  const misplaced = isEmpty(stringData)
    ? []
    : [
        {
          at: [...at, 'stringData'],
          message: `a ConfigMap has no stringData, as a Secret has: ${NEVER}; keep what is secret in a Secret, and the rest under data`,
          certain: true,
        },
      ];
  const variables = Object.entries(readObject(fields['data'])).flatMap(([key, value]) =>
    isWrittenIn('ConfigMap', key, value)
      ? [
          {
            at: [...at, 'data', key],
            message: `by its name the key ${key} of a ConfigMap holds a secret: if it does, keep it in a Secret, since ${NEVER}`,
            certain: false,
          },
        ]
      : [],
  );
  const files = Object.entries(readObject(fields['binaryData'])).flatMap(([key, value]) =>
    typeof value === 'string' ? text(Buffer.from(value, 'base64').toString('latin1'), [...at, 'binaryData', key]) : [],
  );
  return [...misplaced, ...variables, ...files];
}

/** An entry of a container's `env` with its value in it. */
function variable(fields: JsonObject, at: Path): readonly WrittenSecret[] {
  if (at.at(-2) !== 'env') return [];
  const { name, value = null } = fields;
  if (typeof name !== 'string' || !isWrittenIn('env', name, value)) return [];
  return [
    {
      at: [...at, 'value'],
      message: `the variable ${name} has its value written down: ${NEVER}; use valueFrom.secretKeyRef`,
      certain: true,
    },
  ];
}
