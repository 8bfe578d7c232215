import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { Connections } from './connections.ts';
import { anywhere } from './reach.ts';

/** Which servers the targets of a bundle are. */
interface Addresses {
  /** `host:port` or `in-cluster`, sorted, each once. */
  readonly endpoints: readonly string[];
  /** Targets whose references have no value here. */
  readonly unknown: readonly { readonly target: string; readonly why: string }[];
}

/**
 * Resolves the targets of a bundle against these environment variables; reaches none of them. A reference without a value is
 * told, and throws nothing.
 */
export async function addressesIn(bundle: Pick<Bundle, 'targets'>, env: NodeJS.ProcessEnv): Promise<Addresses> {
  const endpoints = new Set<string>();
  const connections = new Connections(bundle, {
    ...anywhere(env),
    admit: (address) => endpoints.add(address),
  });
  const unknown: { target: string; why: string }[] = [];
  for (const [target, { kind }] of Object.entries(bundle.targets)) {
    try {
      if (kind === 'kubernetes') await connections.kubernetes(target);
      else if (kind === 'git') await connections.repository(target);
      else await (kind === 'dns' ? connections.dns(target) : connections.address(target));
    } catch (error) {
      if (!(error instanceof WindlassFailure)) throw error;
      unknown.push({ target, why: `${error.options.object ?? target}: ${error.message}` });
    }
  }
  return { endpoints: [...endpoints].sort(), unknown };
}
