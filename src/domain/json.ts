/**
 * A value of JSON. A whole number that a JavaScript number cannot hold exactly, and that Kubernetes can (64 bits), is a
 * `bigint`; every other number is a number, so that equal values are equal. Only `jsonText` and `canonicalJson` can write
 * a `bigint`: workflow histories carry texts made of values, never values of manifests or live objects.
 */
export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object; the shape of a Kubernetes object or of an observed fact. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * Serialises `value` with object keys sorted by UTF-16 code unit and no white space, so that equal values give equal
 * text (RFC 8785 for the values Windlass stores: strings, finite numbers, booleans, null, arrays, objects; a `bigint` by
 * all its digits). A property whose value is `undefined` is left out, as `JSON.stringify` does.
 *
 * @throws TypeError for a number that is not finite, which JSON cannot carry.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError('JSON cannot carry a non-finite number');
  return JSON.stringify(value);
}

/** `JSON.rawJSON` and the third argument of a reviver are in the language, and not yet in TypeScript's library. */
const LANGUAGE = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): Json;
  rawJSON(text: string): unknown;
};

/** `JSON.stringify`, for values that may hold a `bigint`: all its digits are written. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // Almost no object has such a number, and a replacer costs several times the rest.
    return JSON.stringify(value, (_key, item: unknown) =>
      typeof item === 'bigint' ? LANGUAGE.rawJSON(String(item)) : item,
    );
  }
}

/** Where a number of sixteen digits or more may begin; with fewer none is beyond 2^53. */
const LONG_NUMBER = /[[:,\s]-?\d{16}|^-?\d{16}/;

/** `JSON.parse`, to the very numbers that are written. @throws SyntaxError */
export function parseJson(text: string): Json {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text) as Json;
  return LANGUAGE.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exactNumber(source, value) : value,
  );
}

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/**
 * A number as the tools of Kubernetes hold it: whole numbers of up to 64 bits exactly, all others as a double.
 *
 * @param written its decimal digits, as JSON writes numbers
 * @param rounded the same as a JavaScript number
 */
export function exactNumber(written: string, rounded = Number(written)): number | bigint {
  if (Number.isSafeInteger(rounded) || !Number.isInteger(rounded)) return rounded === 0 ? 0 : rounded;
  // Go writes a whole double without an exponent below 1e21, as JavaScript does; read again it is an integer.
  const digits = /^-?\d+$/.test(written) ? written : String(rounded);
  if (!/^-?\d+$/.test(digits)) return rounded;
  const exact = BigInt(digits);
  return exact >= INT64.min && exact <= INT64.max ? exact : rounded;
}
