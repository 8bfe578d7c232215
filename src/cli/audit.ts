import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option, type Command } from 'commander';
import { SEVERITIES, type Severity } from '../domain/audit.ts';
import { short } from '../domain/gate.ts';
import { sarifOf, type NamedResult } from '../audit/sarif.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { loadOrRefuse, noteLines } from './load.ts';
import { environmentVerb, loadingOptions, type EnvironmentOptions, type LoadingOptions } from './options.ts';
import { run } from './run.ts';
import { version } from './version.ts';
import { auditLines, countsOf, openAt } from './view/audit.ts';

interface Options extends EnvironmentOptions, LoadingOptions {
  readonly sarif?: boolean;
  readonly failOn: Severity | 'none';
}

export function auditCommand(): Command {
  return loadingOptions(environmentVerb('audit', 'carry out the audits of a rollout, now; nothing is touched'))
    .argument('<directory>', 'directory with the rollout.yaml')
    .option('--sarif', 'print one SARIF 2.1.0 document on stdout')
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 where something as bad or worse is found')
        .choices([...SEVERITIES, 'none'])
        .default('critical'),
    )
    .action((directory: string, options: Options) =>
      // What people read goes to stderr beside a document of either form.
      run({ json: options.json === true || options.sarif === true }, (cli) => audit(cli, directory, options)),
    );
}

async function audit(cli: Cli, directory: string, options: Options): Promise<ExitCode> {
  const { environment, set, asTold, sarif = false, failOn } = options;
  const loaded = await loadOrRefuse(cli, directory, environment, set, asTold);
  const { bundle, digest } = loaded;
  cli.say(...noteLines(directory, [loaded]), `${bundle.rollout} → ${environment}, bundle ${short(digest)}`);
  // Loaded here, because the clients take longer to load than most verbs take in all.
  const [{ auditsOf }, { anywhere }] = await Promise.all([import('../steps/audit.ts'), import('../steps/reach.ts')]);
  const owner = { rollout: bundle.rollout, environment, bundle: digest, run: 'audit', phase: 'audit', step: 'now' };
  const audits = [];
  for await (const one of auditsOf(bundle, anywhere(cli.env), { signal: cli.signal, owner })) {
    audits.push(one);
    cli.say(...auditLines(one, cli.paint));
  }
  const results = audits.map(({ result }) => result);
  cli.say(
    '',
    audits.length === 0 ? 'It has no step of kind audit: see docs/steps/security.md.' : `Found: ${countsOf(results)}`,
  );
  cli.document(
    sarif
      ? sarifOf(audits, { version: version(), file: fileOf(directory) })
      : { rollout: bundle.rollout, environment, bundle: digest, audits: audits.map(documentOf) },
  );
  const bad = failOn === 'none' ? [] : SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1);
  return openAt(results, bad) === 0 ? EXIT.ok : EXIT.failed;
}

/** Without what a check itself is made of. */
function documentOf({
  step,
  source,
  result: { checks, exemptions },
}: NamedResult & { readonly source: string }): object {
  return {
    step,
    source,
    checks: checks.map(({ check: { id, severity, claim, mend, stands }, ...found }) => ({
      ...{ id, severity, claim, mend, stands },
      ...found,
    })),
    exemptions,
  };
}

/** Relative as it was given, so that whoever reads the document at the same place finds it. */
function fileOf(directory: string): string {
  const path = join(directory, 'rollout.yaml');
  return isAbsolute(path) ? pathToFileURL(path).href : path.split('/').map(encodeURIComponent).join('/');
}
