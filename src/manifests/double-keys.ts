import { isScalar, visit, type Document } from 'yaml';

/**
 * Where keys stand that their mapping has before them already. The library's own check compares each key of a mapping with
 * all before it, which takes minutes for a few ten thousand.
 *
 * @param identity equal for keys that are the same.
 */
export function doubleKeys(document: Document.Parsed, identity: (key: unknown) => unknown): readonly number[] {
  const found: number[] = [];
  visit(document, {
    Map: (_key, map) => {
      const before = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const id = identity(key.value);
        if (before.has(id)) found.push(key.range?.[0] ?? 0);
        before.add(id);
      }
    },
  });
  return found.sort((a, b) => a - b);
}

/** What stands at an offset, up to a blank or a colon, in quotes. */
export function wordAt(text: string, offset: number): string {
  const word = /[^\s:]+/y;
  word.lastIndex = offset;
  return `"${word.exec(text)?.[0] ?? text.slice(offset, offset + 1)}"`;
}
