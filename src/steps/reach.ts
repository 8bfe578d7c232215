import type { Limit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import type { EnvironmentPolicy } from '../domain/policy.ts';
import { loadBound, mayDownload, mayReach, type LoadBound } from '../domain/policy.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { resolverOf, type Resolve } from './resolve.ts';

/** What may be reached, and with which values. */
export interface Reach {
  readonly resolve: Resolve;
  /**
   * Lets a server pass, before anything is sent to it.
   *
   * @param address `host:port`, or `in-cluster`.
   * @param what the target or webhook that is bound to it.
   * @throws WindlassFailure `Unauthorised`.
   */
  readonly admit: (address: string, what: string) => void;
  /** The same for a server that an artifact is downloaded from. @param address `host:port`. */
  readonly admitDownload: (address: string) => void;
  /**
   * How much load a server may be put under; null for any.
   *
   * @param address `host:port`.
   * @throws WindlassFailure `Unauthorised` for a server that may be put under none.
   */
  readonly admitLoad: (address: string, what: string) => LoadBound | null;
  /** How large an artifact may be. */
  readonly artifact: Limit;
}

/** Every reference and every server: for people at their own machine, with their own variables. */
export function anywhere(env: NodeJS.ProcessEnv): Reach {
  return {
    resolve: resolverOf(env),
    admit: () => undefined,
    admitDownload: () => undefined,
    admitLoad: () => null,
    artifact: LIMITS.artifact,
  };
}

/** What a policy lets be reached in an environment, with the variables of this process. */
export function within(policy: EnvironmentPolicy, environment: string, env: NodeJS.ProcessEnv): Reach {
  return {
    resolve: resolverOf(env, policy),
    artifact: {
      ...LIMITS.artifact,
      most: policy.limits.artifact,
      next: `${LIMITS.artifact.next} Whoever runs the worker may have made this smaller: limits.artifact of its policy.`,
    },
    admit: (address, what) => {
      if (mayReach(policy, address)) return;
      const why =
        policy.lab === true
          ? 'This worker holds no policy, so that it acts on the lab of its machine alone.'
          : `The worker's policy does not list this server for environment ${environment}.`;
      throw new WindlassFailure('Unauthorised', why, {
        object: `${what} at ${address}`,
        next: 'Whoever runs the worker lists the server under `endpoints` of the policy that WINDLASS_POLICY names.',
        facts: { environment, address },
      });
    },
    admitLoad: (address, what) => {
      const bound = loadBound(policy, address);
      if (bound !== null) return bound;
      throw new WindlassFailure(
        'Unauthorised',
        `The worker's policy lets this server be put under no load for environment ${environment}.`,
        {
          object: `${what} at ${address}`,
          next: 'Whoever runs the worker lists the server, with how much load it may be put under, under `loads` of the policy that WINDLASS_POLICY names.',
          facts: { environment, address },
        },
      );
    },
    admitDownload: (address) => {
      if (mayDownload(policy, address)) return;
      throw new WindlassFailure(
        'Unauthorised',
        `The worker's policy lets nothing be downloaded from this server for environment ${environment}.`,
        {
          object: `artifact at ${address}`,
          next: 'Whoever runs the worker lists the server under `downloads` of the policy that WINDLASS_POLICY names, or sets a mirror.',
          facts: { environment, address },
        },
      );
    },
  };
}
