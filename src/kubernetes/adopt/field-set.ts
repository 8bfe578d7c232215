import { jsonText, parseJson, type Json, type JsonObject } from '../../domain/json.ts';
import { isObject } from '../../domain/json-fields.ts';

/**
 * Sets of fields in the notation of `managedFields` (`fieldsV1`): a tree whose keys are steps, where `{}` says that the
 * field itself is in the set, and so does a child called `.` beside others.
 */
export type FieldSet = JsonObject;

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inBoth) => inBoth);
}

/** What is in the first and not in the second. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inBoth) => !inBoth);
}

/** What is in either. */
export function unite(a: FieldSet, b: FieldSet): FieldSet {
  const result: Record<string, Json> = { ...a };
  for (const [key, child] of Object.entries(b)) {
    const [left, right] = [result[key], asSet(child)];
    if (left === undefined) result[key] = right;
    else result[key] = key === '.' ? {} : joined(asSet(left), right);
  }
  return result;
}

/** The members that a test lets in, by their path as text. */
export function filter(set: FieldSet, test: (field: string) => boolean, above = ''): FieldSet {
  return Object.fromEntries(
    Object.entries(set).flatMap(([key, value]) => {
      const child = asSet(value);
      const field = above + stepText(key);
      if (isLeaf(child)) return test(field) ? [[key, {}]] : [];
      const kept = filter(child, test, field);
      return isLeaf(kept) ? [] : [[key, kept]];
    }),
  );
}

/** The members as text, as the API server writes them: `.spec.template.spec.containers[name="main"].image`. */
export function fieldsOf(set: FieldSet, above = ''): string[] {
  return Object.entries(set).flatMap(([key, value]) => {
    const child = asSet(value);
    const field = above + stepText(key);
    return isLeaf(child) ? [field] : fieldsOf(child, field);
  });
}

export function isEmpty(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}

/** Members of `a` for which being in `b` is as wanted. */
function combine(a: FieldSet, b: FieldSet, wanted: (inBoth: boolean) => boolean): FieldSet {
  return Object.fromEntries(
    Object.entries(a).flatMap(([key, value]) => {
      const [left, other] = [asSet(value), b[key]];
      // A field that the other set holds, but as a whole or as one with parts, is still the field.
      if (isLeaf(left)) return wanted(other !== undefined && isMember(asSet(other))) ? [[key, {}]] : [];
      const rest = combine(left, other === undefined ? {} : withSelf(asSet(other)), wanted);
      return isLeaf(rest) ? [] : [[key, rest]];
    }),
  );
}

function joined(left: FieldSet, right: FieldSet): FieldSet {
  if (isLeaf(left) && isLeaf(right)) return {};
  return unite(withSelf(left), withSelf(right));
}

/** A field that is in its set as a whole, as one that is in it beside its parts. */
function withSelf(set: FieldSet): FieldSet {
  return isLeaf(set) ? SELF : set;
}

const SELF: FieldSet = { '.': {} };

function isLeaf(set: FieldSet): boolean {
  return isEmpty(set);
}

function isMember(set: FieldSet): boolean {
  return isLeaf(set) || '.' in set;
}

function asSet(value: Json): FieldSet {
  return isObject(value) ? value : {};
}

function stepText(key: string): string {
  const rest = key.slice(2);
  switch (key.slice(0, 2)) {
    case 'f:':
      return `.${rest}`;
    case 'k:':
      return `[${keyText(parseJson(rest))}]`;
    case 'v:':
      return `[=${rest}]`;
    case 'i:':
      return `[${rest}]`;
    default:
      return '';
  }
}

function keyText(key: Json): string {
  return Object.entries(isObject(key) ? key : {})
    .map(([name, value]) => `${name}=${jsonText(value)}`)
    .join(',');
}
