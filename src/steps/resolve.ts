import { readFile, realpath, stat } from 'node:fs/promises';
import { WindlassFailure } from '../domain/failure.ts';
import { referenceLabel, type Reference } from '../domain/reference.ts';

/** Bytes of the largest Secret that Kubernetes takes. */
const LARGEST_VALUE = 1_048_576;
const KERNEL = /^\/(proc|sys|dev)(\/|$)/;

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
      await assertValueFile(path, reference);
      return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      if (error instanceof WindlassFailure) throw error;
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

/**
 * Refuses what no value is kept in: a pipe that nobody writes into would be waited for, a device never ends, and what the
 * kernel tells of processes would put a whole environment into one Secret.
 */
async function assertValueFile(path: string, reference: Reference): Promise<void> {
  const real = await realpath(path);
  if (KERNEL.test(real)) throw unresolved(reference, 'it lies where the kernel tells of processes and devices');
  const found = await stat(real);
  if (!found.isFile()) throw unresolved(reference, 'it is no file');
  if (found.size > LARGEST_VALUE) throw unresolved(reference, `it has more than ${String(LARGEST_VALUE)} bytes`);
}

function unresolved(reference: Reference, why: string): WindlassFailure {
  return new WindlassFailure('ReferenceUnresolved', `A reference has no value here: ${why}.`, {
    object: referenceLabel(reference),
    next: 'Set it where the worker runs (and where the CLI runs, for a plan), then retry.',
  });
}
