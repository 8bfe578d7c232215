import { InvalidArgumentError, Option, type Command } from 'commander';
import { readConfig } from '../config.ts';
import { DURATION_PATTERN, durationMs } from '../domain/duration.ts';
import type { HandHold } from '../domain/hand-freeze.ts';
import { freezeAt } from '../domain/policy.ts';
import { holdsNow } from '../policy/freeze-order.ts';
import { policyOfFile } from '../policy/worker-policy.ts';
import { freezeOrders } from '../record/freezes.ts';
import { recordOf } from '../record-of.ts';
import { actorOf, actorOptions, type ActorOptions } from './actor.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { endMs, environmentVerb, type EnvironmentOptions } from './options.ts';
import { tellDamage } from './recorded.ts';
import { run, wrongUsage } from './run.ts';

interface Options extends EnvironmentOptions, ActorOptions {
  readonly until?: string;
  readonly end?: boolean;
  readonly why?: string;
}

export function freezeCommand(): Command {
  return actorOptions(environmentVerb('freeze', 'let nothing be started or applied for a time, or say what is frozen'))
    .addOption(new Option('--until <time>', 'a time, or a duration such as 4h: two weeks at most').argParser(until))
    .option('--end', 'end the freezes by hand that hold')
    .option('--why <text>', 'why; whoever is kept from something is told, and it is kept in the record')
    .action((options: Options) => run(options, (cli) => freeze(cli, options)));
}

function freeze(cli: Cli, options: Options): Promise<ExitCode> {
  const { until: end, why = '' } = options;
  if (end !== undefined && options.end === true)
    throw wrongUsage('A freeze either begins or ends.', 'Give either --until or --end.', 'freeze');
  if (end !== undefined && why.trim() === '')
    throw wrongUsage('Nobody would know why it is frozen.', 'Say why: --why TEXT.', 'freeze');
  if (end !== undefined) return begin(cli, options, end, why);
  return options.end === true ? endAll(cli, options, why) : list(cli, options);
}

async function begin(cli: Cli, options: Options, end: string, reason: string): Promise<ExitCode> {
  const { environment } = options;
  const actor = await actorOf(options);
  return withClient(cli, async ({ freezes }) => {
    const { run: id } = await freezes.order({ environment, reason, until: end, ends: [] }, actor);
    cli.say(`${environment} is frozen until ${end}. End it with: windlass freeze --environment ${environment} --end`);
    cli.document({ environment, id, until: end, reason });
    return EXIT.ok;
  });
}

async function endAll(cli: Cli, options: Options, reason: string): Promise<ExitCode> {
  const { environment } = options;
  const actor = await actorOf(options);
  const { byHand } = await standing(cli, environment);
  const ends = byHand.map(({ id }) => id);
  if (ends.length > 0)
    await withClient(cli, ({ freezes }) => freezes.order({ environment, reason, until: null, ends }, actor));
  cli.say(...(ends.length === 0 ? ['Nothing is frozen by hand.'] : byHand.map((hold) => `Ended: ${line(hold)}`)));
  cli.document({ environment, ended: byHand });
  return EXIT.ok;
}

async function list(cli: Cli, { environment }: Options): Promise<ExitCode> {
  const { policy, byHand } = await standing(cli, environment);
  const byPolicy =
    policy === undefined
      ? 'What the policy freezes is not known here: set WINDLASS_POLICY.'
      : policy === null
        ? 'The policy freezes nothing now.'
        : `Frozen by the policy until ${policy.until}: ${policy.reason}`;
  cli.say(byPolicy, ...(byHand.length === 0 ? ['Nothing is frozen by hand.'] : byHand.map(line)));
  cli.document({ environment, policy: policy ?? null, byHand });
  return EXIT.ok;
}

/** What holds now. Without the policy of the worker each end on record is taken for one. */
async function standing(cli: Cli, environment: string) {
  const file = cli.env['WINDLASS_POLICY'];
  const policy = file === undefined ? undefined : await policyOfFile(file).of(environment);
  const now = Date.now();
  const { entries, damaged } = await freezeOrders(recordOf(readConfig(cli.env)), environment, now);
  tellDamage(cli, damaged);
  const byHand = holdsNow(policy, entries, now);
  return { policy: policy === undefined ? undefined : freezeAt(policy, now), byHand };
}

function line({ by, since, until: end, reason }: HandHold): string {
  return `Frozen by ${by} since ${since} until ${end}: ${reason}`;
}

function until(text: string): string {
  const at = DURATION_PATTERN.test(text) ? Date.now() + durationMs(text) : endMs(text);
  if (Number.isNaN(at))
    throw new InvalidArgumentError('It must be a moment (2026-01-31T12:00:00Z), a date, or a duration such as 4h.');
  return new Date(at).toISOString();
}
