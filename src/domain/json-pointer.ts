import type { Json } from './json.ts';

/** JSON pointers, RFC 6901: `/items/0/name`, with `~1` for a slash and `~0` for a tilde; the empty one is everything. */
const POINTER = /^(\/([^/~]|~[01])*)*$/;
const INDEX = /^(0|[1-9]\d*)$/;

export function isPointer(text: string): boolean {
  return POINTER.test(text);
}

/** The value that a pointer points to; undefined where there is none. */
export function valueAtPointer(document: Json, pointer: string): Json | undefined {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  let here: Json | undefined = document;
  for (const key of keys) {
    if (typeof here !== 'object' || here === null) return undefined;
    if (Array.isArray(here)) here = INDEX.test(key) ? (here as readonly Json[])[Number(key)] : undefined;
    else here = Object.hasOwn(here, key) ? (here as Readonly<Record<string, Json>>)[key] : undefined;
  }
  return here;
}
