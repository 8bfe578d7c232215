import type { ChangedField } from '../../domain/change.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { KindRef, KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { ServedKind } from '../client/kinds.ts';
import { equalJson, isList, isObject, without } from '../../domain/json-fields.ts';
import { shown } from './mask.ts';

/** One field that differs. `undefined` stands for a field that is not there. */
export interface Difference {
  /** Steps from the object to the field; an item of a list is named (`[web]`) where its items have names, else counted. */
  readonly path: readonly string[];
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** What the server keeps for itself: no declaration can differ in it. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
]);
const STATUS: ReadonlySet<string> = new Set(['status']);
const NOTHING: ReadonlySet<string> = new Set();

/**
 * The fields in which two states of one object differ, leaving out the server's bookkeeping, and the status of kinds that
 * have it apart.
 */
export function differences(
  before: KubernetesObject,
  after: KubernetesObject,
  { statusApart }: Pick<ServedKind, 'statusApart'>,
): Difference[] {
  const left = statusApart ? STATUS : NOTHING;
  const found: Difference[] = [];
  compare(withoutBookkeeping(before, left), withoutBookkeeping(after, left), [], found);
  return found;
}

/** A field that differs as people read it, with secrets masked. */
export function shownDifference(kind: KindRef, { path, before, after }: Difference): Omit<ChangedField, 'by'> {
  return { field: pathLine(path), before: shown(kind, path, before), after: shown(kind, path, after) };
}

/** `path: before -> after`, with secrets masked. */
export function differenceLine(kind: KindRef, difference: Difference): string {
  const { field, before, after } = shownDifference(kind, difference);
  return `${field}: ${before} -> ${after}`;
}

function withoutBookkeeping(object: KubernetesObject, left: ReadonlySet<string>): JsonObject {
  return { ...without(object, left), metadata: without(object.metadata, BOOKKEEPING) };
}

function compare(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[],
  found: Difference[],
): void {
  if (equalJson(before, after)) return;
  if (isObject(before) && isObject(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort())
      compare(own(before, key), own(after, key), [...path, key], found);
    return;
  }
  if (isList(before) && isList(after)) {
    const names = before.length > 0 || after.length > 0 ? [namesOf(before), namesOf(after)] : [];
    const [left, right] = names;
    if (left && right && !(sameSet(left, right) && !equalJson(left, right))) {
      for (const name of [...new Set([...left, ...right])])
        compare(before[left.indexOf(name)], after[right.indexOf(name)], [...path, `[${name}]`], found);
      return;
    }
    if (!left && !right && before.length === after.length) {
      for (const [index, item] of before.entries()) compare(item, after[index], [...path, `[${String(index)}]`], found);
      return;
    }
  }
  found.push({ path, before, after });
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The names of a list's items, when each has one of its own. */
function namesOf(items: readonly Json[]): string[] | undefined {
  const names = items.map((item) => (isObject(item) && typeof item.name === 'string' ? item.name : undefined));
  const texts = names.filter((name) => name !== undefined);
  return texts.length === items.length && new Set(texts).size === items.length ? texts : undefined;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}

function pathLine(path: readonly string[]): string {
  return path.reduce((text, step) => {
    if (step.startsWith('[')) return text + step;
    const word = /[./]/.test(step) ? `["${step}"]` : step;
    return word.startsWith('[') || text === '' ? text + word : `${text}.${word}`;
  }, '');
}
