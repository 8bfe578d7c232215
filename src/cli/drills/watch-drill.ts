import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillClient, DrillStatus, StartedDrill } from '../../client.ts';
import { WindlassFailure, type FailureSummary } from '../../domain/failure.ts';
import { stepPath } from '../../domain/names.ts';
import { Interruption, type Cli } from '../cli.ts';

const LOOK_MS = 500;

/** How a watched drill ended. */
export interface EndedDrill {
  readonly status: DrillStatus | null;
  readonly error?: FailureSummary;
}

/**
 * Tells each state of a drill until it ends. A server that does not answer is waited for.
 *
 * @throws Interruption on Ctrl-C: the drill goes on.
 */
export async function watchDrill(
  cli: Cli,
  drills: Pick<DrillClient, 'status' | 'result'>,
  started: StartedDrill,
): Promise<EndedDrill> {
  let told = '';
  for (;;) {
    const seen = await looked(drills, started);
    if (seen !== null && seen.state !== told) {
      told = seen.state;
      cli.say(`${stepPath(started.phase, started.step)}: ${told}`);
    }
    if (seen?.state === 'ended') return ending(drills, started, seen);
    if (seen === null) {
      // Without a worker nobody answers for it, and it may have ended all the same.
      const ended = await Promise.race([ending(drills, started, null), sleep(LOOK_MS, null)]);
      if (ended !== null && ended.error?.type !== 'TargetUnreachable') return ended;
    }
    if (cli.signal.aborted) throw new Interruption('interrupted');
    await sleep(LOOK_MS);
  }
}

async function looked(drills: Pick<DrillClient, 'status'>, started: StartedDrill): Promise<DrillStatus | null> {
  try {
    return await drills.status(started);
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'TargetUnreachable') return null;
    throw error;
  }
}

async function ending(
  drills: Pick<DrillClient, 'result'>,
  started: StartedDrill,
  seen: DrillStatus | null,
): Promise<EndedDrill> {
  try {
    return { status: await drills.result(started) };
  } catch (error) {
    if (!(error instanceof WindlassFailure)) throw error;
    return { status: seen, error: error.summary() };
  }
}
