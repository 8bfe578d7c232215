import type { Command } from 'commander';
import type { Actor, RolloutRef, WindlassClient } from '../client.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { stepPath } from '../domain/names.ts';
import type { RolloutStatus } from '../domain/status.ts';
import type { Command as OperatorCommand } from '../contract/messages.ts';
import { actorOf, actorOptions, type ActorOptions } from './actor.ts';
import { choose } from './choose.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { EXIT } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';
import { commandLine } from '../domain/command-line.ts';

export interface MessageVerbOptions extends EnvironmentOptions, ActorOptions {
  readonly comment?: string;
  readonly signal?: boolean;
}

/** A verb that tells a running rollout something. */
export function messageVerb(name: string, summary: string): Command {
  return actorOptions(environmentVerb(name, summary))
    .argument('<rollout>', 'name or directory of the rollout')
    .option('-c, --comment <text>', 'why; kept in the record')
    .option('--signal', 'send it without waiting for the answer: works while no worker is up');
}

/** A verb about one parked step. */
function parkedStepVerb(action: 'retry' | 'abort' | 'skip', summary: string): Command {
  return messageVerb(action, summary)
    .argument('[phase/step]', 'the parked step; may be left out when there is only one')
    .action((rollout: string, asked: string | undefined, options: MessageVerbOptions) =>
      run(options, async (cli) => {
        const ref = await rolloutRef(rollout, options.environment);
        const actor = await actorOf(options);
        return withClient(cli, async (client) => {
          const status = await client.status(ref);
          const parked = choose(parkedSteps(status), asked, {
            one: 'parked step',
            many: 'parked steps',
            none: `See how it stands: ${commandLine('status', ref)}`,
            type: 'DecisionDenied',
          });
          await sendCommand(cli, client, ref, { action, run: status.run, ...parked }, { ...options, ...actor });
          return EXIT.ok;
        });
      }),
    );
}

/** Every parked step of a rollout. */
export function parkedSteps(
  status: RolloutStatus,
): { readonly phase: string; readonly step: string; readonly parking?: number }[] {
  return status.phases.flatMap((phase) =>
    phase.steps
      .filter((step) => step.state === 'parked')
      .map(({ name, parkings }) => ({
        phase: phase.name,
        step: name,
        ...(parkings === undefined ? {} : { parking: parkings }),
      })),
  );
}

/** Sends a command and tells the answer. @throws WindlassFailure `DecisionDenied` */
async function sendCommand(
  cli: Cli,
  client: WindlassClient,
  ref: RolloutRef,
  command: Omit<OperatorCommand, 'by' | 'comment' | 'signature'>,
  options: Actor & Pick<MessageVerbOptions, 'comment' | 'signal'>,
): Promise<void> {
  const about = command.step === '' ? `${ref.rollout} → ${ref.environment}` : stepPath(command.phase, command.step);
  const { signal, ...rest } = options;
  const answer = await client.command(ref, command, { ...rest, through: signal === true ? 'signal' : 'update' });
  if (answer?.accepted === false)
    throw new WindlassFailure('DecisionDenied', `To ${command.action} was denied: ${answer.reason}.`, {
      object: about,
      next: `See how it stands: ${commandLine('status', ref)}`,
    });
  cli.say(answer === null ? `Sent: ${command.action} ${about}.` : `Accepted: ${command.action} ${about}.`);
  cli.document({ ...ref, ...command, sent: answer === null ? 'signal' : 'update', accepted: answer?.accepted ?? null });
}

export function abortCommand(): Command {
  return parkedStepVerb('abort', 'give a parked step up, which ends the rollout; what was reached stays');
}

export function skipCommand(): Command {
  return parkedStepVerb('skip', 'go on without a parked step, as if it were done; say why with --comment');
}

export function retryCommand(): Command {
  return parkedStepVerb('retry', 'plan and carry out a parked step anew');
}

export function cancelCommand(): Command {
  return messageVerb('cancel', 'end a rollout; what was reached stays, and a new start goes on from it').action(
    (rollout: string, options: MessageVerbOptions) =>
      run(options, async (cli) => {
        const ref = await rolloutRef(rollout, options.environment);
        const actor = await actorOf(options);
        return withClient(cli, async (client) => {
          const { run: runId } = await client.status(ref);
          await sendCommand(
            cli,
            client,
            ref,
            { action: 'cancel', run: runId, phase: '', step: '' },
            { ...options, ...actor },
          );
          return EXIT.ok;
        });
      }),
  );
}

/** A verb that has a rollout stand still, or go on; one that does so already is left as it is. */
function pausingVerb(action: 'pause' | 'resume', summary: string): Command {
  return messageVerb(action, summary).action((rollout: string, options: MessageVerbOptions) =>
    run(options, async (cli) => {
      const ref = await rolloutRef(rollout, options.environment);
      const actor = await actorOf(options);
      return withClient(cli, async (client) => {
        const { run: runId, paused, pauses = 0 } = await client.status(ref);
        if ((action === 'pause') === (paused !== undefined)) {
          cli.say(paused === undefined ? 'It is not paused.' : `It is paused by ${paused.by} since ${paused.since}.`);
          cli.document({ ...ref, action, run: runId, sent: null, accepted: null });
          return EXIT.ok;
        }
        const pausing = action === 'pause' ? pauses + 1 : pauses;
        const command = { action, run: runId, phase: '', step: '', pausing } as const;
        await sendCommand(cli, client, ref, command, { ...options, ...actor });
        return EXIT.ok;
      });
    }),
  );
}

export function pauseCommand(): Command {
  return pausingVerb('pause', 'let what has begun end, and begin nothing until it is resumed; gates wait without end');
}

export function resumeCommand(): Command {
  return pausingVerb('resume', 'let a paused rollout go on');
}

/** For a run that was open while its workers were upgraded, or whose starter's key is revoked: its steps park without a warrant. */
export function adoptCommand(): Command {
  return messageVerb('adopt', 'take over a run that has no warrant any more, so that its steps may go on').action(
    (rollout: string, options: MessageVerbOptions) =>
      run(options, async (cli) => {
        const ref = await rolloutRef(rollout, options.environment);
        const actor = await actorOf(options);
        return withClient(cli, async (client) => {
          const status = await client.status(ref);
          const { run: runId, bundle } = status;
          const command = { action: 'adopt', run: runId, bundle, phase: '', step: '' } as const;
          await sendCommand(cli, client, ref, command, { ...options, ...actor });
          for (const { phase, step } of parkedSteps(status))
            cli.say(`Parked: ${stepPath(phase, step)}. Go on: ${commandLine('retry', ref, stepPath(phase, step))}`);
          return EXIT.ok;
        });
      }),
  );
}
