/** A value that survives JSON, workflow histories and the record unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object; the shape of a Kubernetes object or of an observed fact. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * Serialises `value` with object keys sorted by UTF-16 code unit and no white space, so that equal values give equal
 * text (RFC 8785 for the values Windlass stores: strings, finite numbers, booleans, null, arrays, objects).
 * A property whose value is `undefined` is left out, as `JSON.stringify` does.
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
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError('JSON cannot carry a non-finite number');
  return JSON.stringify(value);
}
