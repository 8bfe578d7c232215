import { isCancellation, uuid4 } from '@temporalio/workflow';
import { runDenial } from '../domain/gate.ts';
import type { Command } from '../contract/messages.ts';
import { bookkeepingOf } from './activities.ts';
import type { PhaseRun } from './phase-run.ts';

/** How many commands are judged at once: anybody can send them, and one that is new comes now and then. */
const MOST_JUDGED = 5;

/**
 * Takes commands that pause or resume a phase, from its rollout. Anybody can send a phase what looks like one that the rollout has judged:
 * its signature is checked again, and what is denied is on record.
 */
export function pauseTaker(run: PhaseRun): (command: Command) => Promise<void> {
  let judged = 0;
  return async (command) => {
    if (!run.pause.isNews(command) || judged >= MOST_JUDGED) return;
    judged += 1;
    try {
      if ((await denialOf(run, command)) === null) run.pause.take(command);
      else run.denied();
    } catch (error) {
      if (isCancellation(error)) throw error;
    } finally {
      judged -= 1;
    }
  };
}

async function denialOf(run: PhaseRun, command: Command): Promise<string | null> {
  const { action, by, comment, pausing } = command;
  const denial =
    runDenial('command', command.run, run.scope.run) ??
    (await bookkeepingOf(`check ${action}`).judgeSignature(run.scope.bundle, command));
  if (denial === null || !run.recordsDenials) return denial;
  const body = { type: 'command', action, by, comment, denial, ...(pausing === undefined ? {} : { pausing }) } as const;
  await bookkeepingOf(`record: denied ${action}`).appendRecord(run.scope, null, null, uuid4(), body);
  return denial;
}
