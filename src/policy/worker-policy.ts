import { stat } from 'node:fs/promises';
import { readFileWithin } from '../bounded.ts';
import type { EnvironmentPolicy, PolicyFile } from '../domain/policy.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { LIMITS } from '../domain/limits.ts';
import { parsePolicy } from './read-policy.ts';

/** What a worker lets happen, environment by environment. */
export interface WorkerPolicy {
  /** @throws WindlassFailure `Unauthorised` for an environment that it does not know, and when it cannot be read. */
  of(environment: string): Promise<EnvironmentPolicy>;
  /** Public keys of an environment's workers; none for one that it does not know. @throws WindlassFailure `Unauthorised` when it cannot be read. */
  workersOf(environment: string): Promise<readonly string[]>;
}

/**
 * The policy of a file, read again when the file changed: a key that is revoked there counts no more from then on.
 *
 * @param path what `WINDLASS_POLICY` says.
 */
export function policyOfFile(path: string): WorkerPolicy {
  let read: { readonly version: string; readonly policy: PolicyFile } | null = null;
  return {
    async of(environment) {
      const policy = await known(environment);
      if (policy !== undefined) return policy;
      throw new WindlassFailure('Unauthorised', "The worker's policy knows no such environment.", {
        object: `environment ${environment}`,
        next: 'Whoever runs the worker adds it to the policy that WINDLASS_POLICY names; see docs/policy.md.',
      });
    },
    workersOf: async (environment) => (await known(environment))?.workers ?? [],
  };

  async function known(environment: string): Promise<EnvironmentPolicy | undefined> {
    const { environments } = (await current()).spec;
    return Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  }

  async function current(): Promise<PolicyFile> {
    try {
      // A mounted ConfigMap is changed by a link: the inode tells it.
      const { mtimeMs, size, ino } = await stat(path);
      const version = `${String(mtimeMs)}/${String(size)}/${String(ino)}`;
      if (read?.version !== version) {
        const text = (await readFileWithin(path, LIMITS.policy, 'The policy')).toString('utf8');
        read = { version, policy: parsePolicy(text, path) };
      }
      return read.policy;
    } catch (error) {
      if (error instanceof WindlassFailure) throw error;
      throw new WindlassFailure('Unauthorised', "The worker's policy cannot be read, so that nothing is allowed.", {
        object: path,
        next: 'See that the file that WINDLASS_POLICY names is there and readable for the worker, then retry.',
        facts: { code: (error as NodeJS.ErrnoException).code ?? 'unknown' },
        cause: error,
      });
    }
  }
}

/** How much load the servers of a lab may be put under: they share the machine with whoever tests them. */
const LAB_LOAD = { rate: 1_000, connections: 50, for: '2m' };

/**
 * What a worker without a policy lets happen: everything, and without signatures, on the servers of the lab that this
 * machine started, by the variables of that lab. Names of environments count for nothing.
 *
 * @param addresses of the lab's servers, as its own record says now.
 */
export function policyOfLab(addresses: () => readonly string[]): WorkerPolicy {
  return {
    workersOf: () => Promise.resolve([]),
    of: () =>
      Promise.resolve({
        ...{ signatures: 'optional', selfApproval: true, signers: {}, groups: {}, starters: [], gates: [], freeze: [] },
        references: { variables: ['WINDLASS_LAB_*'], directories: [] },
        endpoints: [...addresses()],
        // What is downloaded is pinned by its SHA-256.
        downloads: ['*'],
        loads: addresses().map((server) => ({ server, ...LAB_LOAD })),
        limits: { steps: 1_000, files: 20_000, artifact: LIMITS.artifact.most },
        workers: [],
        // Nodes of a lab are simulated, as everybody knows who has one.
        simulated: 'counts',
        warrants: { valid: '90d', longest: '366d', revoked: [] },
        lab: true,
      }),
  };
}
