import type { FieldAuthor } from './change.ts';
import { compareTexts } from './compare.ts';
import { parseJson, type Json } from './json.ts';
import { equalJson, isList, isObject, read, readList, readObject, readText } from './json-fields.ts';
import type { KubernetesObject } from './kubernetes-api.ts';

/** Whether a list item is the one that a `fieldsV1` key names. Keys that it leaves out have their default there. */
export function isItem(key: string, item: Json): boolean {
  if (!/^[kv]:/.test(key)) return false;
  const name = parseJson(key.slice(2));
  if (key.startsWith('v:')) return equalJson(name, item);
  if (!isObject(name) || !isObject(item)) return false;
  return Object.entries(name).every(([field, value]) => item[field] === undefined || equalJson(item[field], value));
}

/**
 * Who set a field, or something below it, as the API server remembers it; each manager once, who wrote last first. Empty where the
 * field is not there, and where nobody owns it.
 *
 * @param path as `Difference.path`: names of fields; `[NAME]` or `[PLACE]` for items of lists.
 */
export function authorsOf(object: KubernetesObject, path: readonly string[]): readonly FieldAuthor[] {
  const found = readList(object.metadata, 'managedFields').flatMap((entry): FieldAuthor[] => {
    if (!isOwned(readObject(entry, 'fieldsV1'), object, path)) return [];
    return [{ manager: readText(entry, 'manager') ?? '', since: readText(entry, 'time') ?? null }];
  });
  const lastFirst = found.sort((a, b) => compareTexts(b.since ?? '', a.since ?? ''));
  return [...new Map(lastFirst.toReversed().map((author) => [author.manager, author])).values()].toReversed();
}

function isOwned(fields: Json | undefined, value: Json | undefined, [step, ...rest]: readonly string[]): boolean {
  if (!isObject(fields)) return false;
  const isWhole = Object.keys(fields).every((key) => key === '.');
  // What is owned as a whole is owned with everything below it.
  if (step === undefined || isWhole) return value !== undefined;
  if (!isList(value)) return isOwned(fields[`f:${step}`], read(value, step), rest);
  const item = itemOf(value, step.slice(1, -1));
  const key = item === undefined ? undefined : Object.keys(fields).find((one) => isItem(one, item));
  return key !== undefined && isOwned(fields[key], item, rest);
}

function itemOf(items: readonly Json[], name: string): Json | undefined {
  return items.find((item) => readText(item, 'name') === name) ?? items[Number(name)];
}
