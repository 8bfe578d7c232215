import { isCancellation, log, patched, setHandler } from '@temporalio/workflow';
import type { Decision } from '../domain/gate.ts';
import { pauseOf } from '../domain/pausing.ts';
import { readCommand, readDecision, readPhaseNews } from '../contract/message-schemas.ts';
import {
  commandedSignal,
  commandSignal,
  commandUpdate,
  decidedSignal,
  decideSignal,
  decideUpdate,
  phaseChangedSignal,
  statusQuery,
  type Command,
} from '../contract/messages.ts';
import type { Carrying } from './carry-phase.ts';
import { judgeCommand, judgeDecision } from './decisions.ts';
import type { Docket } from './docket.ts';
import type { PhaseNewsDesk } from './phase-news.ts';
import { Mailbox, validator } from './receive.ts';
import type { RolloutRun } from './rollout-run.ts';
import { since } from './since.ts';

/**
 * Takes all messages of a rollout.
 *
 * @returns judges a message that the run before was sent.
 */
export function receiveMessages(
  run: RolloutRun,
  { phases, news: desk, succession }: Pick<Carrying, 'phases' | 'news' | 'succession'>,
  docket: Docket,
): (message: Decision | Command) => Promise<unknown> {
  const doubts = desk === null ? null : { docket, confirm: asking(desk) };
  const deliverDecision = (decision: Decision) =>
    handOver(decision.phase, () => phases.get(decision.phase)?.signal(decidedSignal, decision));
  const deliverCommand = async (command: Command) => {
    if (pauseOf(command) === null)
      return handOver(command.phase, () => phases.get(command.phase)?.signal(commandedSignal, command));
    // To each phase that goes on; one that begins meanwhile is told as it does.
    const open = [...phases].filter(([name]) => desk?.hasEnded(name) !== true);
    await Promise.all(open.map(([name, phase]) => handOver(name, () => phase.signal(commandedSignal, command))));
  };
  /** What stands is on record: whoever waits for the answer need not wait until the phase has it, and this run ends after that. */
  const handOver = async (phase: string, signal: () => Promise<void> | undefined) => {
    if (succession === null || !since('answered-once-recorded')) {
      await signal();
      return;
    }
    void succession
      .undivided(async () => signal())
      .catch((error: unknown) => {
        if (!isCancellation(error)) log.warn('a phase ended before it was told what was decided', { phase });
      });
  };
  setHandler(statusQuery, () => run.status());
  const mailbox = new Mailbox((count) => {
    run.drop(count);
  }, run.dropped);
  mailbox.on(phaseChangedSignal, readPhaseNews, (news) => {
    if (desk === null) run.phaseChanged(news);
    else desk.take(news);
  });
  const judging = <T>(judge: () => Promise<T>) => {
    succession?.takes();
    return docket.judging(judge);
  };
  const decide = (decision: Decision) =>
    judging(() => judgeDecision(run, decision, { deliver: deliverDecision, doubts }));
  const obey = (command: Command) => judging(() => judgeCommand(run, command, { deliver: deliverCommand, doubts }));
  // An update that is refused leaves no trace, and is sent again; a signal waits for the next run, or is dropped, with its count.
  const isOver = () => succession?.isOver === true;
  const isFull = () => docket.isFull || isOver();
  const isDropped = () => doubts !== null && (isOver() ? succession?.isFull === true : docket.isFull);
  const orHeld =
    <T extends Decision | Command>(judge: (message: T) => Promise<unknown>) =>
    async (message: T) => {
      if (isOver()) succession?.hold(message);
      else await judge(message);
    };
  setHandler(decideUpdate, decide, {
    validator: validator('decision', readDecision, isFull),
    description: 'Approve or reject an open gate',
  });
  mailbox.on(decideSignal, readDecision, orHeld(decide), isDropped);
  setHandler(commandUpdate, obey, {
    validator: validator('command', readCommand, isFull),
    description: 'Retry, skip or abort a parked step, or pause, resume or cancel the rollout',
  });
  const orDropped = orHeld(obey);
  // No such command was taken by versions of before: whoever sent one to a run of theirs had it dropped.
  const obeyed = (command: Command) =>
    pauseOf(command) === null || patched('pausing') ? orDropped(command) : Promise.reject(new Error('not taken'));
  mailbox.on(commandSignal, readCommand, obeyed, isDropped);
  mailbox.refuseOthers();
  return (message) => ('verdict' in message ? decide(message) : obey(message));
}

/** How it is made sure that a rollout knows how a phase stands. Runs of before ask each time. */
function asking(desk: PhaseNewsDesk): (phase: string) => Promise<void> {
  return (phase) => (since('asked-in-doubt') ? desk.confirmDoubtful(phase) : desk.confirm(phase));
}
