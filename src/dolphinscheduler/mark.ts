import { createHash } from 'node:crypto';
import { WindlassFailure } from '../domain/failure.ts';

/**
 * What Windlass leaves at the end of a workflow's description: who declares it and what was written last. DolphinScheduler
 * keeps no such thing by itself, and without it a change that somebody made by hand looks like one of the file.
 */
export interface Mark {
  /** `rollout/environment`. */
  readonly owner: string;
  /** Digest of the workflow as it was written. */
  readonly definition: string;
  /** Digest of its schedule as it was to become; `none` where there was none to be. */
  readonly schedule: string;
  /** That of the schedule which stood there before: until the new one is written, it is no change by hand. */
  readonly before: string;
}

/** Where there is no schedule. */
export const NO_SCHEDULE = 'none';
/** Characters that DolphinScheduler takes for a description. */
const LONGEST = 255;
const MARK = /\s*\[windlass (\S+) ([0-9a-f]{12})\.([0-9a-f]{12}|none)\.([0-9a-f]{12}|none)\]$/;

/** A description without its mark, and the mark; null where it has none. */
export function splitMark(description: string): { readonly text: string; readonly mark: Mark | null } {
  const found = MARK.exec(description);
  if (found === null) return { text: description, mark: null };
  const [, owner = '', definition = '', schedule = '', before = ''] = found;
  return { text: description.slice(0, found.index), mark: { owner, definition, schedule, before } };
}

/** @throws WindlassFailure `InvalidRollout` when both together are too long for DolphinScheduler. */
export function withMark(text: string, mark: Mark, workflow: string): string {
  const { owner, definition, schedule, before } = mark;
  const written = `${text === '' ? '' : `${text} `}[windlass ${owner} ${definition}.${schedule}.${before}]`;
  const over = Array.from(written).length - LONGEST;
  if (over <= 0) return written;
  throw new WindlassFailure(
    'InvalidRollout',
    `The description is ${String(over)} characters too long: DolphinScheduler keeps ${String(LONGEST)}, and the mark of Windlass comes behind it.`,
    { object: `workflow ${workflow}`, next: 'Make the description shorter.' },
  );
}

/** Names of a rollout and an environment, short enough for a description. */
export function ownerOf({ rollout, environment }: { readonly rollout: string; readonly environment: string }): string {
  const owner = `${rollout}/${environment}`;
  if (owner.length <= 64) return owner;
  return `${owner.slice(0, 51)}~${createHash('sha256').update(owner).digest('hex').slice(0, 12)}`;
}
