import { Option, type Command } from 'commander';
import type { StepPlan } from '../steps/plan.ts';
import { loadedFiles } from '../bundle/files.ts';
import type { LoadedRollout } from '../bundle/load.ts';
import { short } from '../domain/gate.ts';
import type { Cli } from './cli.ts';
import { runCompared, type Compared } from './difference.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import { loadOrRefuse, noteLines } from './load.ts';
import { showMeasures } from './measure.ts';
import { environmentVerb, loadingOptions, type EnvironmentOptions, type LoadingOptions } from './options.ts';
import { run } from './run.ts';
import { isIdle, plannedStepLines, planSummaryLine } from './view/plan.ts';
import { planMarkdown } from './view/plan-markdown.ts';

interface Options extends EnvironmentOptions, LoadingOptions {
  readonly exitCode?: boolean;
  readonly output?: 'markdown';
  readonly rehearse?: boolean;
  readonly all?: boolean;
}

export function planCommand(): Command {
  return loadingOptions(environmentVerb('plan', 'show what a rollout would change; nothing is touched'))
    .argument('<directory>', 'directory with the rollout.yaml')
    .option('--all', 'list what is unchanged too; without it, it is counted')
    .option(
      '--rehearse',
      'carry migrations out on a copy of the catalog too: it runs their SQL on the server, with your rights',
    )
    .option(
      '--exit-code',
      'exit with 0 when nothing would change, with 2 when something would, with 1 or 3 when it cannot be told',
    )
    .addOption(
      new Option('--output <form>', 'print the plan in another form, for a pull request')
        .choices(['markdown'])
        .conflicts('json'),
    )
    .action((directory: string, options: Options) => {
      // What is printed for a pull request is the only thing on standard output.
      const form = { json: options.json === true || options.output !== undefined };
      const work = (cli: Cli) => plan(cli, directory, options);
      return options.exitCode === true ? runCompared(form, work) : run(form, async (cli) => (await work(cli)).exitCode);
    });
}

async function plan(cli: Cli, directory: string, options: Options): Promise<Compared> {
  const { environment, set, asTold, rehearse = false, all = false, output } = options;
  const loaded = await loadOrRefuse(cli, directory, environment, set, asTold);
  cli.say(...noteLines(directory, [loaded]));
  const steps = await showPlan(cli, loaded, { rehearses: rehearse, all });
  const measures = await showMeasures(cli, loaded);
  const error = steps.find((step) => step.failure !== null)?.failure ?? null;
  if (output === 'markdown') cli.print(planMarkdown(loaded, steps));
  else
    cli.document({
      rollout: loaded.bundle.rollout,
      environment,
      bundle: loaded.digest,
      steps,
      ...(measures.length === 0 ? {} : { measures }),
      ...(error === null ? {} : { error }),
    });
  return {
    exitCode: error === null ? EXIT.ok : exitCodeOf(error.type),
    differs: steps.some(({ changes }) => changes.some(({ action }) => action !== 'unchanged')),
  };
}

/**
 * Plans a loaded rollout on its live targets, and tells each step as it is planned.
 *
 * @throws as `planRollout` does. A step that cannot be planned is shown with its failure.
 */
export async function showPlan(
  cli: Cli,
  loaded: LoadedRollout,
  { rehearses = false, all = false }: { readonly rehearses?: boolean; readonly all?: boolean } = {},
): Promise<readonly StepPlan[]> {
  const { bundle, digest } = loaded;
  cli.say(`${bundle.rollout} → ${bundle.environment}, bundle ${short(digest)}`);
  // Loaded here, because the engines and their clients take longer to load than most verbs take in all.
  const { planRollout } = await import('../steps/plan.ts');
  const steps: StepPlan[] = [];
  const options = { env: cli.env, signal: cli.signal, rehearses };
  for await (const step of planRollout(bundle, loadedFiles(loaded), options)) {
    steps.push(step);
    if (all || !isIdle(step)) cli.say('', ...plannedStepLines(step, cli.paint, all, cli.human.columns));
  }
  const idle = all ? 0 : steps.filter(isIdle).length;
  if (idle > 0) cli.say('', `${idle} of ${steps.length} steps have nothing to change; --all lists them.`);
  cli.say('', planSummaryLine(steps));
  return steps;
}
