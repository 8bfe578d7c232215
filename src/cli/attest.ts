import type { Command } from 'commander';
import { Option } from 'commander';
import { readConfig } from '../config.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { checkPath } from '../domain/readiness/scorecard.ts';
import { readinessShape, type ReadinessShape } from '../domain/readiness/shape.ts';
import { scoreText } from '../domain/readiness/words.ts';
import { didYouMean, listed } from '../domain/suggest.ts';
import { actorOf, actorOptions, type ActorOptions } from './actor.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { recordedBundle } from './recorded.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run, wrongUsage } from './run.ts';

interface Options extends EnvironmentOptions, ActorOptions {
  readonly holds?: boolean;
  readonly fails?: boolean;
  readonly reason: string;
}

export function attestCommand(): Command {
  return actorOptions(environmentVerb('attest', 'say to a manual check of the readiness whether it holds'))
    .argument('<rollout>', 'name or directory of the rollout')
    .argument('<area/check>', 'the check, which must be a manual one')
    .addOption(new Option('--holds', 'it holds').conflicts('fails'))
    .option('--fails', 'it does not hold')
    .requiredOption('-r, --reason <text>', 'what you have seen; it is on record')
    .action((rollout: string, check: string, options: Options) =>
      run(options, (cli) => attest(cli, rollout, check, options)),
    );
}

async function attest(cli: Cli, rollout: string, check: string, options: Options): Promise<ExitCode> {
  const { holds = false, fails = false, reason } = options;
  if (holds === fails) throw wrongUsage('It is not said whether it holds.', 'Give --holds, or --fails.');
  if (reason.trim() === '') throw wrongUsage('The reason is empty.', 'Say what you have seen.');
  const ref = await rolloutRef(rollout, options.environment);
  const actor = await actorOf(options);
  const { digest, bundle } = await recordedBundle(readConfig(cli.env), ref);
  const question = questionOf(readinessShape(bundle), check);
  cli.say(question, `${holds ? 'It holds' : 'It does NOT hold'}: ${reason}`);
  const attests = { check, question, holds, reason };
  const outcome = await withClient(cli, ({ readiness }) =>
    readiness.assess({ ...ref, bundle: digest }, actor, attests),
  );
  cli.say(`On record. Readiness: ${scoreText(outcome.now)}.`);
  cli.document({ ...outcome, attests });
  return EXIT.ok;
}

function questionOf(shape: ReadinessShape | null, path: string): string {
  const manual = (shape?.areas ?? []).flatMap(({ name, checks }) =>
    checks.flatMap(({ name: check, evidence }) =>
      evidence.from === 'manual' ? [{ path: checkPath(name, check), question: evidence.question }] : [],
    ),
  );
  const found = manual.find((one) => one.path === path);
  if (found !== undefined) return found.question;
  const known = manual.map((one) => one.path);
  throw new WindlassFailure('NotFound', `The newest run asks for no such manual check${didYouMean(path, known)}.`, {
    object: path,
    next: known.length === 0 ? 'It asks for none at all.' : `Name one of ${listed(known)}.`,
  });
}
