import { Command } from 'commander';
import { readFileWithin } from '../bounded.ts';
import { readPolicy } from '../policy/read-policy.ts';
import { sortProblems } from '../bundle/problem.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { LIMITS } from '../domain/limits.ts';
import type { EnvironmentPolicy } from '../domain/policy.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import { environmentsOf, loadAllOrRefuse } from './load.ts';
import { verb, type CommonOptions } from './options.ts';
import { run, wrongUsage } from './run.ts';

export function policyCommand(): Command {
  return new Command('policy')
    .description('what a worker lets happen: check its policy, or write one for a rollout')
    .addCommand(
      verb('check', "check a worker's policy and say what it lets happen")
        .argument('[file]', 'the policy (default: the file that WINDLASS_POLICY names)')
        .action((file: string | undefined, options: CommonOptions) => run(options, (cli) => check(cli, file))),
    )
    .addCommand(
      verb('draft', 'print a policy that lets a rollout be carried out as its environments ask')
        .argument('<directory>', 'directory with the rollout.yaml')
        .option('-e, --environment <name>', 'only this environment (default: all of them)')
        .action((directory: string, { environment, ...options }: CommonOptions & { readonly environment?: string }) =>
          run(options, (cli) => draft(cli, directory, environment)),
        ),
    );
}

async function check(cli: Cli, asked: string | undefined) {
  const file = asked ?? cli.env['WINDLASS_POLICY'];
  if (file === undefined)
    throw wrongUsage('No policy is named.', 'Name its file, or set WINDLASS_POLICY.', 'policy check');
  const read = readPolicy(await textOf(file), file);
  if ('problems' in read)
    throw new WindlassFailure(
      'InvalidRollout',
      read.problems.length === 1 ? 'There is one problem.' : `There are ${read.problems.length} problems.`,
      {
        object: file,
        next: 'Mend what is listed. A worker with such a policy lets nothing happen.',
        facts: { problems: sortProblems(read.problems).map((problem) => ({ ...problem })) },
      },
    );
  const environments = Object.entries(read.policy.spec.environments);
  cli.say(...environments.flatMap(([name, policy]) => [`${name}:`, ...linesOf(policy).map((line) => `  ${line}`)]));
  cli.document({ file, policy: read.policy });
  return EXIT.ok;
}

function linesOf(policy: EnvironmentPolicy): readonly string[] {
  const {
    signatures,
    selfApproval,
    signers,
    starters,
    gates,
    endpoints,
    downloads,
    loads,
    references,
    workers,
    warrants,
    freeze,
  } = policy;
  const list = (of: readonly string[]) => (of.length === 0 ? 'none' : of.join(', '));
  return [
    `signatures ${signatures}; keys of ${list(Object.keys(signers))}`,
    `${starters.length === 0 ? 'everybody whose signature stands' : starters.join(', ')} may start; nobody${selfApproval ? ' is kept from approving' : ' approves'} what they started`,
    ...gates.map(
      ({ reason, approvers, required = 1, kinds, targets, destructive }) =>
        `gate before ${list(kinds ?? ['every step'])}${targets === undefined ? '' : ` on ${targets.join(', ')}`}${destructive ? ' that destroys data' : ''}: ${required === 1 ? '' : `${String(required)} of `}${approvers.join(' or ')} (${reason})`,
    ),
    `servers: ${list(endpoints)}`,
    `downloads: ${list(downloads)}`,
    `load: ${list(loads.map((one) => `${one.server} at most ${one.rate}/s on ${one.connections} connections for ${one.for}`))}`,
    `variables: ${list(references.variables)}; directories: ${list(references.directories)}`,
    workers.length === 0
      ? 'entries of the record need no seal'
      : `entries of the record are sealed by ${String(workers.length)} worker key(s)`,
    `schedules of drills: at most ${warrants.longest} from their signing; revoked: ${list(warrants.revoked)}`,
    ...freeze.map((one) =>
      one.rrule !== undefined
        ? `frozen for ${one.duration} from each occurrence of ${one.rrule}, first at ${one.dtstart} in ${one.timeZone}: ${one.reason}`
        : `frozen from ${one.from} to ${one.until}: ${one.reason}`,
    ),
  ];
}

async function textOf(file: string): Promise<string> {
  try {
    return (await readFileWithin(file, LIMITS.policy, 'The policy')).toString('utf8');
  } catch (cause) {
    if (cause instanceof WindlassFailure) throw cause;
    throw wrongUsage(
      'The policy cannot be read.',
      'Name a file that is there.',
      `${file} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
  }
}

async function draft(cli: Cli, directory: string, environment: string | undefined) {
  const names = environment === undefined ? await environmentsOf(directory) : [environment];
  const loaded = await loadAllOrRefuse(cli, directory, names);
  // Engines are loaded for what needs them.
  const { draftPolicy } = await import('../policy/draft.ts');
  const { addressesIn } = await import('../steps/addresses.ts');
  const drafts = await Promise.all(
    loaded.map(async ({ bundle }) => ({ bundle, ...(await addressesIn(bundle, cli.env)) })),
  );
  const { text, policy } = draftPolicy(drafts);
  if (!cli.json) cli.print(text);
  for (const { bundle, unknown } of drafts)
    for (const { target, why } of unknown)
      cli.warn(`${bundle.environment}: list the server of target ${target} under endpoints yourself: ${why}`);
  cli.document({ policy });
  return EXIT.ok;
}
