import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRollout, type LoadedRollout, type LoadOptions } from '../bundle/load.ts';
import { GIVEN } from '../bundle/parameters.ts';
import { problemLine, sortProblems, type Problem } from '../bundle/problem.ts';
import { openBundle } from '../bundle/store.ts';
import { asToldBefore } from '../bundle/told.ts';
import { readConfig } from '../config.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { AskCluster } from '../domain/rendering.ts';
import { toolRenderer } from '../renderer.ts';
import { openStore } from '../store/open.ts';
import type { Cli } from './cli.ts';
import { wrongUsage } from './run.ts';

/**
 * Loads a rollout directory for one environment.
 *
 * @param set parameters as `--set` gave them.
 * @param asTold the digest of a stored bundle as `--as-told` gave it: charts are told what they were told then.
 * @throws WindlassFailure `InvalidRollout` with every problem in `facts.problems`, files as paths from here; as
 *   `openBundle` for that bundle.
 */
export async function loadOrRefuse(
  cli: Pick<Cli, 'env'>,
  directory: string,
  environment: string,
  set: Readonly<Record<string, string>> = {},
  asTold?: string,
): Promise<LoadedRollout> {
  const told = asTold === undefined ? {} : { clusters: await toldBefore(cli, asTold) };
  const loaded = await loadRollout(directory, environment, { parameters: set, ...tools(cli), ...told });
  if (loaded.ok) return loaded;
  throw invalid(directory, loaded.problems);
}

/**
 * Loads a rollout directory for each of several environments; what is wrong in any of them is told together.
 *
 * @throws WindlassFailure `InvalidRollout` with all problems; of the renderer, when the tool that it needs is missing.
 */
export async function loadAllOrRefuse(
  cli: Pick<Cli, 'env'>,
  directory: string,
  environments: readonly string[],
): Promise<readonly LoadedRollout[]> {
  const loaded = await Promise.all(
    environments.map((environment) => loadRollout(directory, environment, { parameters: {}, ...tools(cli) })),
  );
  const problems = loaded.flatMap((one) => (one.ok ? [] : one.problems));
  if (problems.length > 0) throw invalid(directory, sortProblems(problems));
  return loaded.filter((one) => one.ok);
}

/** Answers as the clusters did when a bundle was made. */
async function toldBefore(cli: Pick<Cli, 'env'>, digest: string): Promise<AskCluster> {
  const { store } = readConfig(cli.env);
  const { bundle } = await openBundle(openStore(store.url, store.s3), digest);
  return asToldBefore(bundle);
}

/** What renders charts, and asks clusters for those that ask. */
function tools(cli: Pick<Cli, 'env'>): Pick<LoadOptions, 'renderer' | 'clusters'> {
  return {
    renderer: toolRenderer(),
    // Loaded here, because most rollouts have no chart.
    clusters: async (target, binding) =>
      (await import('../steps/ask-cluster.ts')).clusterAsker(cli.env)(target, binding),
  };
}

/** Names of the environments of a rollout directory. @throws WindlassFailure `WrongUsage` when there is none */
export async function environmentsOf(directory: string): Promise<readonly string[]> {
  const at = join(directory, 'environments');
  const files = await readdir(at).catch(() => []);
  const names = files.filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -'.yaml'.length));
  if (names.length > 0) return names.sort();
  throw wrongUsage('There is no environment here.', 'Write environments/NAME.yaml, or run `windlass init`.', at);
}

function invalid(directory: string, problems: readonly Problem[]): WindlassFailure {
  const count = problems.length === 1 ? 'There is one problem.' : `There are ${problems.length} problems.`;
  return new WindlassFailure('InvalidRollout', count, {
    object: directory,
    next: 'Mend what is listed; nothing was touched.',
    facts: { problems: problems.map((problem) => ({ ...problem, file: pathFromHere(directory, problem.file) })) },
  });
}

/** Parameters given on the command line are in no file of the directory. */
function pathFromHere(directory: string, file: string): string {
  return file === GIVEN ? file : join(directory, file);
}

/** What people should know of rollouts that were loaded, each thing once. */
export function noteLines(directory: string, loaded: readonly LoadedRollout[]): readonly string[] {
  const notes = sortProblems(loaded.flatMap((one) => one.notes));
  return notes.map((note) => `Note: ${problemLine({ ...note, file: pathFromHere(directory, note.file) })}`);
}
