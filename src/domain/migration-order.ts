import { compareTexts } from './compare.ts';
import type { MigrationName } from './migration-name.ts';
import { numberOf } from './migration-naming.ts';

/**
 * Compares two versions number by number, so that 1.10 comes after 1.9. Takes numbers of any length.
 *
 * @internal exported for its tests
 */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.');
  const right = b.split('.');
  for (let part = 0; part < Math.max(left.length, right.length); part += 1) {
    const difference = compareNumbers(left[part] ?? '0', right[part] ?? '0');
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares versions as a directory means them: see `orderOf`. */
export type VersionOrder = (a: string, b: string) => number;

/** Numbers as numbers, versions of one number by the names behind it. */
export const byNumber: VersionOrder = (a, b) => {
  const [left, right] = [numberOf(a), numberOf(b)];
  return compareVersions(left, right) || compareTexts(a.slice(left.length), b.slice(right.length));
};

/** A day, or a moment of one, written as digits: `20250625`, `20250625103000`. */
const DATE = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{2}|\d{4}|\d{6}|\d{9,10})?$/;
const LONGEST = 18;

/**
 * The order of versions that belong together. Numbers are compared as numbers; where all of them are dates, but for small
 * ones in front, they are compared as dates, so that a day without its time comes before the moments of that day, and not
 * before those of earlier years. Versions of one number are in the order of the names behind it.
 */
export function orderOf(versions: Iterable<string>): VersionOrder {
  const numbers = [...versions].map(numberOf);
  const dates = numbers.every((number) => DATE.test(number) || /^\d{1,7}$/.test(number));
  const key = (number: string): string => (dates && DATE.test(number) ? number.padEnd(LONGEST, '0') : number);
  return (a, b) => compareVersions(key(numberOf(a)), key(numberOf(b))) || byNumber(a, b);
}

/** Versioned files in the order of their versions, then repeatable ones by name. */
export function inOrder(
  a: Pick<MigrationName, 'kind' | 'version'>,
  b: Pick<MigrationName, 'kind' | 'version'>,
  order: VersionOrder,
): number {
  if (a.kind !== b.kind) return a.kind === 'versioned' ? -1 : 1;
  return a.kind === 'versioned' ? order(a.version, b.version) : compareTexts(a.version, b.version);
}

/** Whether a version comes after that which somebody wrote, in its canonical form: all files of one number are at it. */
export function isAfter(version: string, written: string, order: VersionOrder): boolean {
  return order(numberOf(version), written) > 0;
}
