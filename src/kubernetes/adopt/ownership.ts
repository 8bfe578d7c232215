import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { equalJson, isObject, readList, readObject, readText, without } from '../../domain/json-fields.ts';
import { FIELD_MANAGER } from '../identity.ts';
import { ownFields } from '../plan/ownership.ts';
import { difference, fieldsOf, filter, intersection, isEmpty, unite, type FieldSet } from './field-set.ts';
import type { FieldPath } from '../plan/field-path.ts';
import { partAt, withoutPartAt } from '../plan/standing-default.ts';
import type { Take } from './take.ts';

/** The annotation in which client-side apply keeps what it applied last. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const CLIENT_SIDE = 'kubectl-client-side-apply';

/** A declared field that somebody else owns. */
export interface Owned {
  readonly manager: string;
  readonly field: string;
  /** Whether it has another value than the declared one. */
  readonly differs: boolean;
  readonly taken: boolean;
}

/** Who owns what of an object, and what an adoption makes of it. */
export interface Ownership {
  /** How many fields move from client-side apply. */
  readonly moved: number;
  readonly owned: readonly Owned[];
  /** `managedFields` as they have to be for an apply to take what it may, and nothing else; null for as they are. */
  readonly managedFields: readonly JsonObject[] | null;
}

/** Members of unions that are there and of which others are declared. */
export interface Contested {
  readonly standing: readonly FieldPath[];
  /** All that is below `standing`, as a set. */
  readonly fields: FieldSet;
  /** What is declared in these unions with another value than it has. */
  readonly changed: readonly FieldPath[];
}

const NOTHING: Contested = { standing: [], fields: {}, changed: [] };

/**
 * Works out the transfer of fields. Only what is declared becomes ours: what client-side apply once set and nobody declares
 * now, the server's defaults among it, stays as it is without an owner. Were it ours too, the next apply would delete it;
 * were it left to client-side apply, declaring it some day would be a conflict.
 *
 * @param after the object as a forced apply would leave it: it shows which fields are declared, and which of others
 * have another value.
 * @param contested what becomes ours so that it goes, and what `after` does not show.
 */
export function ownershipOf(
  live: KubernetesObject,
  after: KubernetesObject,
  take: Take,
  { standing, fields: standingFields, changed }: Contested = NOTHING,
): Ownership {
  const declared = withoutPartAt(ownFields(after)?.fields ?? {}, standing);
  const apiVersion = ownFields(after)?.apiVersion ?? live.apiVersion;
  let ours: FieldSet = standingFields;
  let moved = 0;
  const owned: Owned[] = [];
  const entries = readList(live.metadata, 'managedFields').filter(isObject);
  const kept = entries.flatMap((entry) => {
    const fields = readObject(entry, 'fieldsV1');
    if (isOwn(entry) || readText(entry, 'subresource') === 'status') return [entry];
    const common = intersection(fields, declared);
    if (isClientSide(entry)) {
      moved += fieldsOf(common).length;
      ours = unite(ours, common);
      return [];
    }
    const contested = partAt(fields, [...standing, ...changed]);
    const shared = withoutPartAt(common, changed);
    owned.push(...ownedFields(entry, shared, after, take), ...ownedAt(entry, contested, take));
    const taken = filter(unite(shared, contested), take);
    ours = unite(ours, taken);
    const rest = difference(difference(fields, taken), ANNOTATION);
    return isEmpty(rest) ? [] : [{ ...entry, fieldsV1: rest }];
  });
  // An empty list would be taken for none given; what is declared is ours a moment later anyway.
  const managedFields = withOurs(kept, kept.length === 0 && isEmpty(ours) ? declared : ours, apiVersion);
  return { moved, owned, managedFields: equalJson(managedFields, entries) ? null : managedFields };
}

const ANNOTATION: FieldSet = { 'f:metadata': { 'f:annotations': { [`f:${LAST_APPLIED}`]: {} } } };

function isClientSide(entry: Json): boolean {
  return (
    readText(entry, 'manager') === CLIENT_SIDE &&
    readText(entry, 'operation') === 'Update' &&
    (readText(entry, 'subresource') ?? '') === ''
  );
}

function isOwn(entry: Json): boolean {
  return (
    readText(entry, 'manager') === FIELD_MANAGER &&
    readText(entry, 'operation') === 'Apply' &&
    (readText(entry, 'subresource') ?? '') === ''
  );
}

/** The declared fields of another manager. A forced apply takes from it those whose value differs. */
function ownedFields(entry: JsonObject, common: FieldSet, after: KubernetesObject, take: Take): Owned[] {
  const bookkeeping = new Set(['fieldsV1', 'time']);
  const identity = without(entry, bookkeeping);
  const left = readList(after.metadata, 'managedFields')
    .filter(isObject)
    .find((other) => equalJson(without(other, bookkeeping), identity));
  const lost = new Set(fieldsOf(difference(common, readObject(left, 'fieldsV1'))));
  const manager = readText(entry, 'manager') ?? '';
  return fieldsOf(common).map((field) => ({ manager, field, differs: lost.has(field), taken: take(field) }));
}

/** What of an entry is in the way. */
function ownedAt(entry: JsonObject, fields: FieldSet, take: Take): Owned[] {
  const manager = readText(entry, 'manager') ?? '';
  return [...new Set(fieldsOf(fields))].map((field) => ({ manager, field, differs: true, taken: take(field) }));
}

/** The entries with what changes hands in ours. */
function withOurs(entries: readonly JsonObject[], fields: FieldSet, apiVersion: string): readonly JsonObject[] {
  if (isEmpty(fields)) return entries;
  const own = entries.find(isOwn);
  if (own === undefined)
    return [
      ...entries,
      { manager: FIELD_MANAGER, operation: 'Apply', apiVersion, fieldsType: 'FieldsV1', fieldsV1: fields },
    ];
  if (readText(own, 'apiVersion') !== apiVersion) return entries;
  return entries.map((entry) =>
    entry === own ? { ...own, fieldsV1: unite(readObject(own, 'fieldsV1'), fields) } : entry,
  );
}
