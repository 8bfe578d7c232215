import { Command, Option } from 'commander';
import { actorOf, actorOptions, type ActorOptions } from './actor.ts';
import type { WindlassSchedule } from '../client.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { createScheduleCommand } from './drills/create-schedule.ts';
import { schedulesOf } from './drills/schedules-of.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';
import { endingLines, scheduleLines } from './view/schedules.ts';

interface Options extends EnvironmentOptions, ActorOptions {
  readonly comment?: string;
}

/** `windlass schedule`: drills and looks that Temporal starts by the clock. */
export function scheduleCommand(): Command {
  const schedule = new Command('schedule').description(
    'drills and looks by the clock: made, listed, paused, triggered, deleted',
  );
  for (const command of [createScheduleCommand(), list(), pause(), resume(), trigger(), remove()])
    schedule.addCommand(command);
  return schedule;
}

function list(): Command {
  return environmentVerb('list', 'the schedules of a rollout: when, how many ran, were skipped or missed')
    .argument('<rollout>', 'name or directory of the rollout')
    .action((rollout: string, options: Options) =>
      run(options, async (cli) => {
        const ref = await rolloutRef(rollout, options.environment);
        return withClient(cli, async ({ drills }) => {
          const schedules = await drills.schedules(ref);
          if (schedules.length === 0) cli.say('There is none.');
          else cli.say(...scheduleLines(schedules, cli.paint));
          cli.warn(...endingLines(schedules, Date.now()));
          cli.document({ ...ref, schedules });
          return EXIT.ok;
        });
      }),
    );
}

type Act = (cli: Cli, schedule: WindlassSchedule, options: Options) => Promise<string>;

function pause(): Command {
  return actingVerb('pause', 'let it fire no more until it is resumed', (cli, schedule, { comment = '' }) =>
    withClient(cli, ({ drills }) => drills.pause(schedule, comment)).then(() => 'Paused'),
  ).option('-c, --comment <text>', 'why; shown by list');
}

function resume(): Command {
  return actingVerb('resume', 'let it fire again', (cli, schedule, { comment = '' }) =>
    withClient(cli, ({ drills }) => drills.resume(schedule, comment)).then(() => 'Resumed'),
  ).option('-c, --comment <text>', 'why; shown by list');
}

function trigger(): Command {
  return actorOptions(
    actingVerb('trigger', 'let it fire now, unless one of its runs is open', async (cli, schedule, options) => {
      const actor = await actorOf(options);
      return withClient(cli, ({ drills }) => drills.trigger(schedule, actor)).then(() => 'Triggered');
    }),
  );
}

function remove(): Command {
  return actingVerb('delete', 'end it; what runs goes on, and the record stays', (cli, schedule) =>
    withClient(cli, ({ drills }) => drills.delete(schedule)).then(() => {
      const { warrant, signed } = schedule;
      if (signed && warrant !== null && Date.parse(warrant.until) > Date.now())
        cli.warn(
          `${schedule.id} was signed until ${warrant.until}. So that nobody makes it again with a copy, list ${warrant.id} under warrants.revoked of the worker's policy.`,
        );
      return 'Deleted';
    }),
  );
}

/** A verb about the schedules of one drill. Its trigger means the drill itself; the others mean all of its schedules. */
function actingVerb(name: string, summary: string, act: Act): Command {
  return environmentVerb(name, summary)
    .argument('<rollout>', 'name or directory of the rollout')
    .argument('[phase/step]', 'the drill, or readiness, or drift; may be left out when there is only one')
    .addOption(
      new Option('--only <mode>', 'of its schedules this one alone').choices(['drill', 'witness', 'freshness']),
    )
    .action((rollout: string, asked: string | undefined, options: Options & { readonly only?: string }) =>
      run(options, async (cli): Promise<ExitCode> => {
        const ref = await rolloutRef(rollout, options.environment);
        const only = options.only ?? (name === 'trigger' ? 'drill' : undefined);
        const found = await withClient(cli, ({ drills }) => drills.schedules(ref));
        const schedules = schedulesOf(found, asked, only, ref);
        const told: string[] = [];
        for (const schedule of schedules) told.push(`${await act(cli, schedule, options)} ${schedule.id}.`);
        cli.say(...told);
        cli.document({ ...ref, action: name, schedules: schedules.map(({ id }) => id) });
        return EXIT.ok;
      }),
    );
}
