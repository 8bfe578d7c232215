import { realpath } from 'node:fs/promises';
import { resolve as resolvePath, sep } from 'node:path';
import { readFileWithin } from '../bounded.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { beyond, OverLimit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { mayReadVariable, type EnvironmentPolicy } from '../domain/policy.ts';
import { referenceLabel, type Reference } from '../domain/reference.ts';

const KERNEL = /^\/(proc|sys|dev)(\/|$)/;

/**
 * Turns references into values.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, `Unauthorised`, naming the reference and never a value.
 */
export type Resolve = (reference: Reference) => Promise<string>;

/**
 * Resolves references against the environment variables of this process.
 *
 * @param policy which of them may be resolved; all when absent.
 */
export function resolverOf(env: NodeJS.ProcessEnv, policy?: EnvironmentPolicy): Resolve {
  const variable = (name: string, reference: Reference): string => {
    const value = env[name];
    if (value === undefined || value === '') throw unresolved(reference, 'it is not set');
    return value;
  };
  const content = async (path: string, reference: Reference): Promise<string> => {
    try {
      await assertValueFile(path, reference);
      return (await readFileWithin(path, LIMITS.reference)).toString('utf8').replace(/\r?\n$/, '');
    } catch (error) {
      if (error instanceof OverLimit) throw unresolved(reference, `it ${beyond(LIMITS.reference)}`);
      if (error instanceof WindlassFailure) throw error;
      if (isNoFile(error)) throw unresolved(reference, 'it is no file');
      throw unresolved(reference, `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
    }
  };
  return async (reference) => {
    if (policy !== undefined) await assertMayResolve(policy, reference);
    if ('fromEnv' in reference) return variable(reference.fromEnv, reference);
    if ('fromFile' in reference) return content(reference.fromFile, reference);
    return content(variable(reference.fromEnvFile, reference), reference);
  };
}

/** Where a file really lies counts, and not how it is called. */
async function assertMayResolve(policy: EnvironmentPolicy, reference: Reference): Promise<void> {
  if (!mayReadVariable(policy, reference)) throw notListed(reference, 'variables', policy);
  if (!('fromFile' in reference)) return;
  const real = await realpath(reference.fromFile).catch(() => null);
  const directories = await Promise.all(
    policy.references.directories.map((directory) => realpath(directory).catch(() => null)),
  );
  // What does not exist is told as such only where it may be looked for.
  const isWithin = (path: string) =>
    [...policy.references.directories, ...directories].some(
      (directory) => directory !== null && path.startsWith(`${directory.replace(/\/+$/, '')}${sep}`),
    );
  if (!isWithin(real ?? resolvePath(reference.fromFile))) throw notListed(reference, 'directories', policy);
}

function notListed(reference: Reference, list: 'variables' | 'directories', { lab }: EnvironmentPolicy) {
  const why =
    lab === true
      ? 'This worker holds no policy, so that it resolves references to the lab of its machine alone.'
      : "The worker's policy does not let this reference be resolved.";
  return new WindlassFailure('Unauthorised', why, {
    object: referenceLabel(reference),
    next: `Whoever runs the worker lists it under \`references.${list}\` of the policy that WINDLASS_POLICY names.`,
  });
}

/** Refuses what no value is kept in: what the kernel tells of processes would put a whole environment into one Secret. */
async function assertValueFile(path: string, reference: Reference): Promise<void> {
  const real = await realpath(path);
  if (KERNEL.test(real)) throw unresolved(reference, 'it lies where the kernel tells of processes and devices');
}

/** A pipe, a device or a directory in the place of a file. */
function isNoFile(error: unknown): boolean {
  return ['ENXIO', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function unresolved(reference: Reference, why: string): WindlassFailure {
  return new WindlassFailure('ReferenceUnresolved', `A reference has no value here: ${why}.`, {
    object: referenceLabel(reference),
    next: 'Set it where the worker runs (and where the CLI runs, for a plan), then retry.',
  });
}
