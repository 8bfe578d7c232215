import { Command, InvalidArgumentError, Option } from 'commander';

export interface CommonOptions {
  readonly json?: boolean;
}

export interface EnvironmentOptions extends CommonOptions {
  readonly environment: string;
}

/** A verb with the option that every verb has. */
export function verb(name: string, summary: string): Command {
  return new Command(name).description(summary).option('--json', 'print one JSON document on stdout');
}

/** A verb that works for one environment. */
export function environmentVerb(name: string, summary: string): Command {
  return verb(name, summary).requiredOption('-e, --environment <name>', 'environment of the rollout');
}

/** Collects `--set name=value`. */
export function parameterOption(command: Command): Command {
  return command.addOption(
    new Option('--set <name=value>', 'set a parameter; may be repeated').argParser(collect).default({}, 'none'),
  );
}

export interface LoadingOptions {
  readonly set: Readonly<Record<string, string>>;
  readonly asTold?: string;
}

/** What decides, beside the directory itself, which bundle comes of it. */
export function loadingOptions(command: Command): Command {
  return parameterOption(command).option(
    '--as-told <bundle>',
    'tell charts of the cluster what this stored bundle was told, by its whole digest, and ask no cluster',
  );
}

function collect(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** The moment that somebody gives as an end, in milliseconds since the epoch: a day is that day to its end. NaN for what is no time. */
export function endMs(text: string): number {
  return Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59Z` : text);
}
