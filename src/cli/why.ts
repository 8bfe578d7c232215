import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { whyIs } from '../domain/why.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { recordOf } from '../record-of.ts';
import { tellDamage } from './recorded.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';
import { whyLines } from './view/history.ts';

interface Options extends EnvironmentOptions {
  readonly namespace?: string;
}

export function whyCommand(): Command {
  return environmentVerb('why', 'tell which run, step and decision made a thing what it is, from the record')
    .argument('<rollout>', 'name or directory of the rollout')
    .argument('<thing>', 'KIND/NAME of an object, or any thing as plans name it, such as "bucket backups"')
    .option('-n, --namespace <name>', 'of the object')
    .action((rollout: string, thing: string, options: Options) =>
      run(options, (cli) => why(cli, rollout, thing, options)),
    );
}

async function why(cli: Cli, rollout: string, thing: string, options: Options): Promise<ExitCode> {
  const ref = await rolloutRef(rollout, options.environment);
  const config = readConfig(cli.env);
  const { entries, damaged } = await recordOf(config).read({ ...ref, types: ['start', 'decision', 'applied'] });
  const what = nameOf(thing, options.namespace);
  const made = whyIs(what, entries);
  tellDamage(cli, damaged);
  if (made.length === 0)
    throw new WindlassFailure('NotFound', 'No run of this rollout on record has changed it.', {
      object: what,
      next: 'Name it as `windlass plan --all` does: an object by KIND/NAME and --namespace, anything else in quotes. Check that WINDLASS_STORE is the one the worker writes to.',
      facts: { store: config.store.url },
    });
  cli.say(...whyLines(what, made, cli.paint, cli.human.columns));
  cli.document({ ...ref, what, made, ...(damaged.length === 0 ? {} : { damaged }) });
  return EXIT.ok;
}

/** `Deployment/web` in `data` as plans name it: `Deployment data/web`. What holds a blank is named so already. */
function nameOf(thing: string, namespace: string | undefined): string {
  const at = thing.indexOf('/');
  if (at < 0 || thing.includes(' ')) return thing;
  return `${thing.slice(0, at)} ${namespace === undefined ? '' : `${namespace}/`}${thing.slice(at + 1)}`;
}
