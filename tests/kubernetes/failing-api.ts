import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';

const WRITES: ReadonlySet<string | symbol> = new Set(['apply', 'merge', 'create', 'delete']);

/** The worker that is killed: `before` a write was sent, or `after` it, so that its answer is lost. */
export interface Kill {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** A client whose process is killed at its n-th write (counted from 1), and which counts its writes. */
export function failingApi(client: KubernetesClient, kill?: Kill): { api: KubernetesClient; writes: () => number } {
  let writes = 0;
  const api = new Proxy(client, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const method = (value as (...args: unknown[]) => unknown).bind(target);
      if (!WRITES.has(property)) return method;
      return async (...args: unknown[]): Promise<unknown> => {
        if ((args[1] as { dryRun?: boolean } | undefined)?.dryRun === true) return method(...args);
        writes += 1;
        if (kill && writes > kill.at) throw new Killed();
        if (kill?.at === writes && kill.when === 'before') throw new Killed();
        const answer = await method(...args);
        if (kill?.at === writes) throw new Killed();
        return answer;
      };
    },
  });
  return { api, writes: () => writes };
}

export class Killed extends Error {
  constructor() {
    super('the worker was killed here');
  }
}
