import type { RolloutRef, RolloutStatus } from '../../client.ts';
import type { FailureSummary } from '../../domain/failure.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { failureText } from '../view/failure.ts';
import { follow, type RolloutSource } from './follow.ts';
import { followView } from './view.ts';

/** How a watched rollout ended. */
export interface Ended {
  readonly status: RolloutStatus | null;
  readonly unchanged: boolean;
  readonly error?: FailureSummary;
}

/** Shows a rollout until it ends. @throws WindlassFailure and Interruption as `follow` does. */
export async function watchRollout(cli: Cli, source: RolloutSource, ref: RolloutRef): Promise<Ended> {
  const view = followView(cli);
  for await (const seen of follow(source, ref, { signal: cli.signal })) {
    view.show(seen);
    if (seen.kind !== 'ended') continue;
    const { status, unchanged, failure } = seen;
    if (failure !== null) cli.say(failureText(failure));
    return { status, unchanged, ...(failure === null ? {} : { error: failure }) };
  }
  throw new RangeError('a rollout was followed to no end');
}

/** Done or not: how a command that waits for the end ends itself. */
export function exitCodeOfEnd(ended: Ended): ExitCode {
  return ended.error === undefined && ended.status?.state === 'done' ? EXIT.ok : EXIT.failed;
}
