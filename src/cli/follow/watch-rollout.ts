import type { RolloutState } from '../../domain/status.ts';
import type { RolloutRef, RolloutStatus } from '../../client.ts';
import type { FailureSummary } from '../../domain/failure.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { commandLine } from '../../domain/command-line.ts';
import { failureLines } from '../view/failure.ts';
import { follow, type RolloutSource } from './follow.ts';
import { followView } from './view.ts';

/** How a watched rollout ended, or that it waits for a person. */
export interface Ended {
  readonly status: RolloutStatus | null;
  readonly unchanged: boolean;
  readonly error?: FailureSummary;
}

/** States in which nothing goes on by itself. */
const WAITING: ReadonlySet<RolloutState> = new Set(['blocked', 'paused']);

/**
 * Shows a rollout until it ends; where nobody sits at a terminal, until it waits for a person, who would never see it.
 *
 * @throws WindlassFailure and Interruption as `follow` does.
 */
export async function watchRollout(cli: Cli, source: RolloutSource, ref: RolloutRef): Promise<Ended> {
  const view = followView(cli);
  let waits = false;
  for await (const seen of follow(source, ref, { signal: cli.signal })) {
    view.show(seen);
    if (seen.kind !== 'ended') {
      const waited = waits;
      waits = seen.kind === 'status' && WAITING.has(seen.status.state);
      // Seen twice: a decision that was just given is taken up in between.
      if (cli.interactive || !waits || !waited || seen.kind !== 'status') continue;
      cli.say(`It waits for a person, and nobody can be asked here: ${commandLine('status', ref)}`);
      return { status: seen.status, unchanged: false };
    }
    const { status, unchanged, failure } = seen;
    if (failure !== null) cli.say(...failureLines(failure));
    return { status, unchanged, ...(failure === null ? {} : { error: failure }) };
  }
  throw new RangeError('a rollout was followed to no end');
}

/** Done, waiting for a person, or neither: how a command that waits for the end ends itself. */
export function exitCodeOfEnd(ended: Ended): ExitCode {
  if (ended.status !== null && WAITING.has(ended.status.state)) return EXIT.waiting;
  return ended.error === undefined && ended.status?.state === 'done' ? EXIT.ok : EXIT.failed;
}
