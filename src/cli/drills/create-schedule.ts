import { InvalidArgumentError, Option, type Command } from 'commander';
import { readDrillCron } from '../../domain/cron/problems.ts';
import type { WindlassSchedule } from '../../client.ts';
import { firingsOf, ownFiring } from '../../domain/drill/schedule.ts';
import { DURATION_PATTERN, durationMs } from '../../domain/duration.ts';
import { short } from '../../domain/gate.ts';
import type { LookMode } from '../../domain/run-mode.ts';
import { policyOfFile } from '../../policy/worker-policy.ts';
import { actorOf, actorOptions, type ActorOptions } from '../actor.ts';
import type { Cli } from '../cli.ts';
import { withClient } from '../connect.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { endMs, environmentVerb, parameterOption, type EnvironmentOptions } from '../options.ts';
import { run, wrongUsage } from '../run.ts';
import { scheduleLines, upcomingLines } from '../view/schedules.ts';
import { pinnedBundle, pinnedDrill } from './pinned.ts';

interface Options extends EnvironmentOptions, ActorOptions {
  readonly set: Readonly<Record<string, string>>;
  readonly readiness?: boolean;
  readonly drift?: boolean;
  readonly cron?: string;
  readonly every?: string;
  readonly jitter?: string;
  readonly catchUp: string;
  readonly lead: string;
  readonly until?: string;
}

/** Temporal makes up for nothing within less than this. */
const SHORTEST_CATCH_UP_MS = 10_000;
const DAY_MS = 24 * 3_600_000;
const USUAL_VALID = '90d';

export function createScheduleCommand(): Command {
  return actorOptions(
    parameterOption(
      environmentVerb(
        'create',
        'drill, or look at readiness or drift, by the clock; made again, it is changed in place',
      ),
    ),
  )
    .argument('<rollout>', 'name of a rollout that was started, or a directory: its bundle is pinned')
    .argument('[phase/step]', 'the velero.drill step; may be left out when there is only one')
    .option('--readiness', 'look at the readiness instead, and tell webhooks when it falls')
    .addOption(
      new Option('--drift', 'look for drift instead, and tell webhooks of what the look before did not find').conflicts(
        'readiness',
      ),
    )
    .addOption(new Option('--cron <expression>', 'when, in UTC, as in "0 4 * * *"').argParser(cron).conflicts('every'))
    .addOption(new Option('--every <duration>', 'how often instead, as in 6h').argParser(duration))
    .addOption(new Option('--jitter <duration>', 'late by up to this, at random').argParser(duration))
    .addOption(
      new Option('--catch-up <duration>', 'how late what was missed is still made up for')
        .argParser(catchUp)
        .default('1h'),
    )
    .addOption(
      new Option('--lead <duration>', 'how long before each scheduled backup its witness comes')
        .argParser(lead)
        .default('5m'),
    )
    .addOption(
      new Option(
        '--until <date>',
        'the last day of its firings (default: in 90 days, or as WINDLASS_POLICY says under warrants.valid)',
      ).argParser(until),
    )
    .action((rollout: string, asked: string | undefined, options: Options) =>
      run(options, (cli) => create(cli, rollout, asked, options)),
    );
}

async function create(cli: Cli, rollout: string, asked: string | undefined, options: Options): Promise<ExitCode> {
  if (options.cron === undefined && options.every === undefined)
    throw wrongUsage('When it should fire is not said.', 'Give --cron "0 4 * * *", or --every 6h.');
  if (options.readiness === true) return createLooks(cli, rollout, asked, 'readiness', options);
  if (options.drift === true) return createLooks(cli, rollout, asked, 'drift', options);
  const actor = await actorOf(options);
  const pinned = await pinnedDrill(cli, rollout, asked, options);
  const { phase, step } = pinned.drill;
  const firings = firingsOf(pinned.bundle, pinned.drill, options);
  const ref = { environment: pinned.environment, rollout: pinned.rollout, phase, step: step.name };
  return withClient(cli, async ({ drills }) => {
    const terms = { ...options, until: options.until ?? (await defaultEnd(cli, ref.environment)) };
    const schedules = await drills.schedule({ ...ref, bundle: pinned.digest }, firings, terms, actor);
    tellScheduled(cli, pinned.digest, terms.until, schedules);
    cli.document({ ...ref, bundle: pinned.digest, schedules });
    return EXIT.ok;
  });
}

/** Looks at the rollout as a whole by the clock. */
async function createLooks(
  cli: Cli,
  rollout: string,
  asked: string | undefined,
  mode: LookMode,
  options: Options,
): Promise<ExitCode> {
  if (asked !== undefined)
    throw wrongUsage(`A look at the ${mode} is of no step.`, `Leave PHASE/STEP out, or leave --${mode} out.`, asked);
  const actor = await actorOf(options);
  const { digest, bundle } = await pinnedBundle(cli, rollout, options);
  if (mode === 'readiness' && bundle.readiness === undefined)
    throw wrongUsage('The rollout does not say what makes it ready.', 'Write spec.readiness: docs/readiness.md.');
  const ref = { environment: bundle.environment, rollout: bundle.rollout, bundle: digest };
  return withClient(cli, async ({ drills }) => {
    const terms = { ...options, until: options.until ?? (await defaultEnd(cli, ref.environment)) };
    const firing = { ...ownFiring(mode, options), mode };
    const schedules = await drills.scheduleLooks(ref, firing, terms, actor);
    tellScheduled(cli, digest, terms.until, schedules);
    cli.document({ ...ref, schedules });
    return EXIT.ok;
  });
}

function tellScheduled(cli: Cli, bundle: string, until: string, schedules: readonly WindlassSchedule[]): void {
  cli.say(
    `Scheduled with bundle ${short(bundle)}, until ${until}:`,
    ...scheduleLines(schedules, cli.paint),
    'Next times (UTC), as Temporal reads them:',
    ...upcomingLines(schedules),
  );
}

/** The worker judges by its own policy how long is too long; where the command line is told of one, it says what is usual. */
async function defaultEnd(cli: Cli, environment: string): Promise<string> {
  const file = cli.env['WINDLASS_POLICY'];
  const { warrants } = file === undefined ? { warrants: null } : await policyOfFile(file).of(environment);
  return new Date(Date.now() + durationMs(warrants?.valid ?? USUAL_VALID)).toISOString();
}

function until(text: string): string {
  const at = endMs(text);
  if (Number.isNaN(at))
    throw new InvalidArgumentError('It must be a date (2026-01-31) or a moment (2026-01-31T12:00:00Z).');
  if (at <= Date.now()) throw new InvalidArgumentError('It must be in the future.');
  return new Date(at).toISOString();
}

function cron(text: string): string {
  const read = readDrillCron(text);
  if (typeof read === 'string') throw new InvalidArgumentError(`The cron expression ${read}.`);
  return text;
}

function duration(text: string): string {
  if (DURATION_PATTERN.test(text)) return text;
  throw new InvalidArgumentError('It must be a duration such as 90s or 6h.');
}

function catchUp(text: string): string {
  if (durationMs(duration(text)) >= SHORTEST_CATCH_UP_MS) return text;
  throw new InvalidArgumentError('It must be at least 10s.');
}

function lead(text: string): string {
  const ms = durationMs(duration(text));
  if (ms >= 60_000 && ms < DAY_MS && ms % 60_000 === 0) return text;
  throw new InvalidArgumentError('It must be whole minutes, less than a day.');
}
