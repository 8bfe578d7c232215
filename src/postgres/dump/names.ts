import { z } from 'zod';
import type { Dump } from './written.ts';

/** Which run of a drill something belongs to, and which step's drill it is; 12 hex digits each. */
export interface DrillRun {
  readonly run: string;
  readonly step: string;
}

/** With this begins the name of everything that a drill makes on a server of databases. */
export const DRILL_PREFIX = 'windlass_drill_';

/** The schema of the sentinel, in the database that is drilled. */
export function sentinelSchema(drill: DrillRun): string {
  return `${namesOfStep(drill)}${drill.run}`;
}

/** The database that is restored into; told apart by number where one drill restores several. */
export function scratchDatabase(drill: DrillRun, number: number): string {
  return `${sentinelSchema(drill)}_${String(number)}`;
}

/** With this begin the names of all runs of one step. */
export function namesOfStep({ step }: DrillRun): string {
  return `${DRILL_PREFIX}${step}_`;
}

const MARK = 'Made by a drill of Windlass, which drops it again: ';
const mark = z.object({
  run: z.string(),
  step: z.string(),
  dump: z.object({ bucket: z.string(), key: z.string(), versionId: z.string().nullable() }).optional(),
});

/** What is written on what a drill made, as its comment. */
export interface Mark extends DrillRun {
  /** The dump that was begun, so that whoever finds this finds it too. */
  readonly dump?: Pick<Dump, 'bucket' | 'key' | 'versionId'> | undefined;
}

export function markOf({ run, step, dump }: Mark): string {
  return `${MARK}${JSON.stringify({ run, step, ...(dump === undefined ? {} : { dump }) })}`;
}

/** Null for a comment that is no drill's, hence on something that no drill may touch. */
export function parseMark(comment: string | null): Mark | null {
  if (comment?.startsWith(MARK) !== true) return null;
  try {
    return mark.parse(JSON.parse(comment.slice(MARK.length)));
  } catch {
    return null;
  }
}
