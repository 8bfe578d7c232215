import { readFile } from 'node:fs/promises';
import { WindlassFailure } from '../domain/failure.ts';
import { referenceLabel, type Reference } from '../domain/reference.ts';

/** Turns references into values. @throws WindlassFailure `ReferenceUnresolved`, naming the reference and never a value. */
export type Resolve = (reference: Reference) => Promise<string>;

/** Resolves references against the environment variables of this process. */
export function resolverOf(env: NodeJS.ProcessEnv): Resolve {
  const variable = (name: string, reference: Reference): string => {
    const value = env[name];
    if (value === undefined || value === '') throw unresolved(reference, 'it is not set');
    return value;
  };
  const content = async (path: string, reference: Reference): Promise<string> => {
    try {
      return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      throw unresolved(reference, `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
    }
  };
  return (reference) => {
    if ('fromEnv' in reference) return Promise.resolve().then(() => variable(reference.fromEnv, reference));
    if ('fromFile' in reference) return content(reference.fromFile, reference);
    return Promise.resolve()
      .then(() => variable(reference.fromEnvFile, reference))
      .then((path) => content(path, reference));
  };
}

function unresolved(reference: Reference, why: string): WindlassFailure {
  return new WindlassFailure('ReferenceUnresolved', `A reference has no value here: ${why}.`, {
    object: referenceLabel(reference),
    next: 'Set it where the worker runs (and where the CLI runs, for a plan), then retry.',
  });
}
