import { canonicalJson, type Json } from '../../domain/json.ts';
import { isObject } from '../../domain/json-fields.ts';
import type { Inventory } from './inventory.ts';

/** What a restore brought back, against what was backed up. All lists are sorted. */
export interface Comparison {
  readonly same: number;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  /** Which fields differ; values are not told, since they may be secret. */
  readonly different: readonly { readonly object: string; readonly fields: readonly string[] }[];
}

/**
 * Compares object by object.
 *
 * @param moved objects that changed while the backup was made: in the restore they may be either way, or absent.
 * @param contents the originals as they are now, to name the fields of what differs where they still are as recorded.
 */
export function compareInventories(
  recorded: Inventory,
  restored: Inventory,
  moved: ReadonlySet<string>,
  contents: Inventory = recorded,
): Comparison {
  const missing = [...recorded.keys()].filter((key) => !restored.has(key));
  const extra = [...restored.keys()].filter((key) => !recorded.has(key) && !moved.has(key));
  const both = [...recorded].filter(([key]) => restored.has(key));
  const different = both
    .filter(([key, { hash }]) => restored.get(key)?.hash !== hash)
    .map(([key, { hash }]) => {
      const original = contents.get(key);
      const known = original?.hash === hash ? original.content : null;
      return { object: key, fields: differingFields(known, restored.get(key)?.content ?? null, '') };
    });
  return { same: both.length - different.length, missing, extra, different };
}

/** Paths of the leaves that differ; empty when one side is not known. */
function differingFields(before: Json, after: Json, path: string): string[] {
  if (path === '' && (before === null || after === null)) return [];
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (!isObject(before) || !isObject(after)) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) =>
    differingFields(before[key] ?? null, after[key] ?? null, path === '' ? key : `${path}.${key}`),
  );
}
