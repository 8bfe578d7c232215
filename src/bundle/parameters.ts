import { parameterValue, type ParameterValue } from '../domain/rollout.ts';
import { fieldsOf } from './draft.ts';
import type { Problem } from './problem.ts';
import type { Content } from './source/content.ts';
import { hasPlaceholder } from './source/placeholder.ts';
import type { Parameters } from './source/substitute.ts';
import { didYouMean, listed } from '../domain/suggest.ts';

/** Where problems of parameters that were given beside the files are said to be. */
export const GIVEN = 'given parameters';

type Given = Readonly<Record<string, ParameterValue>>;

/**
 * The value of each declared parameter: what was given for this run, else what the environment says, else the default.
 *
 * @param environment null when there is none to read, which is said elsewhere.
 * @param given values of one run; texts are read as the type that the environment's value or the default has.
 */
export function resolveParameters(
  rollout: Content,
  environment: Content | null,
  given: Given,
): { readonly parameters: Parameters; readonly problems: readonly Problem[] } {
  const declared = fieldsOf(rollout.data, 'spec', 'parameters');
  const set = fieldsOf(environment?.data, 'spec', 'parameters');
  const names = Object.keys(declared);
  const values: Record<string, ParameterValue> = {};
  const problems: Problem[] = [];

  for (const name of names) {
    const fallback = scalar(fieldsOf(declared, name)['default']);
    const chosen = scalar(set[name]);
    const path = ['spec', 'parameters', name];
    if (typeof fallback === 'string' && hasPlaceholder(fallback))
      problems.push(rollout.at([...path, 'default'], 'a default is taken as it is; it cannot hold a placeholder'));
    if (environment && fallback !== undefined && chosen !== undefined && typeof fallback !== typeof chosen)
      problems.push(
        environment.at(path, `${name}: must be a ${typeof fallback} like its default, not a ${typeof chosen}`),
      );
    const type = typeof (chosen ?? fallback);
    const own = Object.hasOwn(given, name) ? readAs(given[name], type) : undefined;
    if (Object.hasOwn(given, name) && own === undefined)
      problems.push(ofGiven(`parameter "${name}" must be a ${type}`));
    const value = own ?? chosen ?? fallback;
    if (value !== undefined) values[name] = value;
    else if (environment && !Object.hasOwn(given, name) && !Object.hasOwn(set, name))
      problems.push(
        rollout.atKey(
          path,
          `parameter "${name}" has no value: it has no default, and ${environment.source.file} gives none`,
        ),
      );
  }
  for (const name of Object.keys(set))
    if (environment && !names.includes(name))
      problems.push(
        environment.atKey(['spec', 'parameters', name], `${unknown(name, names)}, so nothing uses this value`),
      );
  for (const name of Object.keys(given)) if (!names.includes(name)) problems.push(ofGiven(unknown(name, names)));

  const refuse = (name: string): string | null => (names.includes(name) ? null : `names an ${unknown(name, names)}`);
  return { parameters: { values, refuse }, problems };
}

function unknown(name: string, names: readonly string[]): string {
  const guess = didYouMean(name, names);
  return `unknown parameter "${name}"${guess === '' ? ` (the rollout declares ${listed(names)})` : guess}`;
}

function scalar(value: unknown): ParameterValue | undefined {
  const parsed = parameterValue.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** A given value as the type that the parameter has; undefined when it cannot be one. */
function readAs(value: ParameterValue | undefined, type: string): ParameterValue | undefined {
  if (typeof value === type || type === 'undefined') return value;
  if (type === 'string') return String(value);
  if (typeof value !== 'string') return undefined;
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined;
  // A rounded number would be another one.
  const number = Number(value);
  const isExact = Number.isFinite(number) && (Number.isSafeInteger(number) || !Number.isInteger(number));
  return value.trim() !== '' && isExact ? number : undefined;
}

function ofGiven(message: string): Problem {
  return { file: GIVEN, line: 1, column: 1, message };
}
