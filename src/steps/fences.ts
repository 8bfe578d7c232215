import type { Bundle } from '../domain/bundle.ts';
import { healKubernetesFence } from '../kubernetes/inventory/fence-heal.ts';
import { healDatabaseFence } from '../postgres/migrate/token-row.ts';
import { withSession } from '../postgres/session.ts';
import { Connections } from './connections.ts';
import type { Reach } from './reach.ts';

/**
 * What a target should remember in the place of a token that it has seen; null where that keeps nobody off.
 *
 * @see rememberedInstead
 */
type Instead = (seen: number) => number | null;

/** A place where a target remembers a token that keeps everybody off. */
interface HealedFence {
  /** `database lakefs`, `ConfigMap default/windlass.lock.lab.cluster`. */
  readonly where: string;
  readonly seen: number;
  readonly now: number;
}

/**
 * Looks where a target remembers the tokens of its lock, and has it remember others where these keep off whoever is granted it.
 *
 * @param write whether it is written down; otherwise it is only looked at.
 * @throws WindlassFailure `Unauthorised` for servers that may not be reached; those of the target.
 */
export async function healFences(
  bundle: Bundle,
  target: string,
  lock: string,
  {
    reach,
    instead,
    write,
    signal,
  }: { readonly reach: Reach; readonly instead: Instead; readonly write: boolean; readonly signal: AbortSignal },
): Promise<readonly HealedFence[]> {
  const connections = new Connections(bundle, reach);
  const healed: HealedFence[] = [];
  switch (bundle.targets[target]?.kind) {
    case 'kubernetes': {
      const api = await connections.cluster(target);
      try {
        const { namespace } = connections.inventory(target);
        const fence = await healKubernetesFence(api, { lock, namespace, instead, write, signal });
        if (fence !== null) healed.push(fence);
      } finally {
        await api.close();
      }
      break;
    }
    case 'postgres': {
      const connection = await connections.postgres(target);
      for (const database of databasesOf(bundle, target)) {
        const options = {
          database,
          application: `windlass/heal/${target}`,
          signal,
          statementTimeoutMs: WITHIN_MS,
          lockTimeoutMs: WITHIN_MS,
        };
        const fence = await withSession(connection, options, (session) =>
          healDatabaseFence(session, lock, instead, write),
        );
        if (fence !== null) healed.push({ where: `database ${database}`, ...fence });
      }
      break;
    }
    // S3 and HTTP remember nothing: they are written to until the deadline of a lease.
    case 's3':
    case 'http':
    case 'dns':
    case 'git':
    case undefined:
      break;
  }
  return healed;
}

const WITHIN_MS = 10_000;

/** Databases of a server in which migrations of the bundle remember tokens. */
function databasesOf({ phases }: Bundle, target: string): readonly string[] {
  const databases = phases
    .flatMap(({ steps }) => steps)
    .flatMap((step) => (step.kind === 'postgres.migrate' && step.target === target ? [step.with.database] : []));
  return [...new Set(databases)].sort();
}
