import { WindlassFailure } from './failure.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** The most that is taken of something which others wrote. */
export interface Limit {
  readonly most: number;
  /** What is counted: `bytes`, `ms`, or things by their plural. */
  readonly of: string;
  /** Of what takes memory or time, rather than has something. */
  readonly takes?: true;
  /** What has it, as docs/limits.md lists it. */
  readonly what: string;
  /** Why this number, and no other. */
  readonly why: string;
  /** What whoever meets it can do. */
  readonly next: string;
}

/** A limit, with what is said of it. */
export function limit(most: number, of: string, said: Pick<Limit, 'what' | 'why' | 'next' | 'takes'>): Limit {
  return { most, of, ...said };
}

/** `16 MiB`, `20,000 objects`, `2 min`. */
export function amountOf({ most, of }: Pick<Limit, 'most' | 'of'>): string {
  if (of === 'ms') return most % 60_000 === 0 ? `${String(most / 60_000)} min` : `${String(most / 1_000)} s`;
  if (of !== 'bytes') return `${most.toLocaleString('en-US')} ${of}`;
  const [size, unit] =
    most % GIB === 0 ? [GIB, 'GiB'] : most % MIB === 0 ? [MIB, 'MiB'] : most % KIB === 0 ? [KIB, 'KiB'] : [1, 'bytes'];
  return `${String(most / size)} ${unit}`;
}

/** Why something is not read, as the rest of a sentence, with what to do next. */
export function beyond(limit: Limit): string {
  const next = `${limit.next.charAt(0).toLowerCase()}${limit.next.slice(1).replace(/\.$/, '')}`;
  return `${tooMuch(limit)}: ${next}`;
}

/** Something had more than is taken of it. */
export class OverLimit extends WindlassFailure {
  readonly limit: Limit;

  constructor(limit: Limit, what: string, object: string) {
    super('LimitExceeded', `${what} ${tooMuch(limit)}.`, {
      object,
      next: limit.next,
      facts: { most: limit.most, of: limit.of },
    });
    this.limit = limit;
  }
}

function tooMuch(limit: Limit): string {
  return limit.takes === true
    ? `takes more than ${amountOf(limit)}, the most that it is given`
    : `has more than ${amountOf(limit)}, the most that is taken of it`;
}
