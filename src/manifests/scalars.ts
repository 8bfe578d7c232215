import { exactNumber, type Json } from '../domain/json.ts';

/**
 * What a plain scalar of YAML means to kubectl, Helm and the API server. All of them read YAML by sigs.k8s.io/yaml, which
 * stands on go.yaml.in/yaml/v2: `resolve` in its resolve.go is followed here, and then Go's way of a number through JSON.
 */
export type PlainScalar =
  | { readonly is: 'text' }
  | { readonly is: 'value'; readonly value: Json }
  /** A number that JSON cannot carry: kubectl refuses the document. */
  | { readonly is: 'refused'; readonly why: string };

const WORDS = new Map<string, Json>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
]);
/** These begin a word that is not a text; a number begins with a digit, a sign or a point. */
const SPECIAL = /^[~yYnNtTfFoO]/;
const NUMBER = /^[-+.0-9]/;
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** Go's integers of base 0, underscores left out. Those with a leading zero are octal, unless a digit says otherwise. */
const INTEGER = /^([-+]?)(?:(0|[1-9][0-9]*)|0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** One that begins with its point goes to Go's own reader: underscores only between digits. */
const POINT_FIRST = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const MAX = { int64: 2n ** 63n - 1n, uint64: 2n ** 64n - 1n };

const TEXT: PlainScalar = { is: 'text' };

/** @param source the scalar as it is written, without quotes */
export function plainScalar(source: string): PlainScalar {
  if (source === '' || SPECIAL.test(source)) {
    const word = WORDS.get(source);
    return word === undefined ? TEXT : { is: 'value', value: word };
  }
  if (!NUMBER.test(source)) return TEXT;
  if (NOT_FINITE.test(source)) return { is: 'refused', why: `${source} is a number that JSON cannot carry` };
  const number = source.startsWith('.') ? pointFirst(source) : numberOf(source.replaceAll('_', ''));
  return number === null ? TEXT : { is: 'value', value: number };
}

function pointFirst(source: string): Json {
  return POINT_FIRST.test(source) ? finite(source.replaceAll('_', '')) : null;
}

function numberOf(plain: string): number | bigint | null {
  const [, sign = '', decimal, hex, binary, octal] = INTEGER.exec(plain) ?? [];
  const digits =
    decimal ?? (hex && `0x${hex}`) ?? (binary && `0b${binary}`) ?? (octal === undefined ? undefined : `0o${octal}`);
  if (digits !== undefined) {
    const size = BigInt(digits);
    // Go's unsigned integers take no sign.
    const fits = size <= MAX.int64 || (sign === '-' ? size === MAX.int64 + 1n : sign === '' && size <= MAX.uint64);
    if (fits) return exactNumber(String(sign === '-' ? -size : size));
  }
  return FLOAT.test(plain) ? finite(plain) : null;
}

/** A double as it comes back from JSON; none that is too large for one. */
function finite(text: string): number | bigint | null {
  const value = Number(text);
  return Number.isFinite(value) ? exactNumber(String(value), value) : null;
}
