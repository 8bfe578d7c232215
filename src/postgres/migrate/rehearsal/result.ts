import type { Position } from '../../sql/position.ts';
import type { Script } from '../examine.ts';
import type { WarningCode } from '../lint/codes.ts';
import type { Effect } from '../lint/hazards.ts';
import type { Lost } from '../lint/lost.ts';

/** What came of carrying pending files out on a copy of the catalog. Tables are called as they are on the target. */
export interface Rehearsal {
  readonly of: ReadonlyMap<Script, Rehearsed>;
  /** What there is to say of all of it, for people. */
  readonly notes: readonly string[];
}

export interface Rehearsed {
  /** Whether all that matters was carried out, here and in the files before: what was seen is then all there is. */
  readonly whole: boolean;
  readonly lost: readonly Lost[];
  /** What PostgreSQL did to a table that holds rows, under a lock that makes others wait. */
  readonly felt: readonly Measured[];
  /** The tables that a hazard of which nothing can be seen is about. */
  readonly named: ReadonlyMap<Script['hazards'][number], readonly string[]>;
  /** Code that was not carried out, or failed: nobody knows what it takes away. */
  readonly unseen: readonly Position[];
  readonly notes: readonly string[];
}

export interface Measured {
  readonly at: Position;
  readonly table: string;
  readonly effect: Effect;
  readonly code: WarningCode;
  readonly why: string;
}
