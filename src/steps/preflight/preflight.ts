import type { Bundle } from '../../domain/bundle.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { TargetPreflight } from '../../domain/preflight.ts';
import type { BundleFiles, EngineContext } from '../../domain/step-engine.ts';
import { Connections } from '../connections.ts';
import { inOrder } from '../in-order.ts';
import { OPENABLE } from '../open-step.ts';
import { anywhere } from '../reach.ts';
import { askCluster, clusterRequirements, type Answered, type ClusterRequirements } from './cluster.ts';
import { includedSteps } from './included.ts';
import { askPostgres, askStore } from './servers.ts';

const AT_A_TIME = 4;
const NOBODY_ASKED: Answered = { user: null, server: null, asked: 0, lacks: [] };

interface Asking {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * Asks every target of a bundle whether all that the rollout needs there is allowed and there, some side by side, in the order
 * of their names. Touches nothing. Targets that only answer (HTTP, DNS, Git) are left to their steps.
 *
 * @throws `signal.reason` once it aborts, and what is no WindlassFailure. What cannot be asked is told with its failure.
 */
export async function* preflightRollout(
  bundle: Bundle,
  files: BundleFiles,
  { env, signal }: Asking,
): AsyncGenerator<TargetPreflight> {
  const reach = anywhere(env);
  const connections = new Connections(bundle, reach);
  const steps = includedSteps(bundle, OPENABLE.kinds);
  const { rollout, environment } = bundle;
  const owner = { rollout, environment, bundle: '', run: 'preflight', phase: 'preflight', step: 'now' };
  const context: EngineContext = { files, signal, resolve: reach.resolve, owner, progress: () => undefined };
  const targets = Object.entries(bundle.targets)
    .map(([target, { kind }]) => ({ target, kind }))
    .filter(({ kind }) => kind === 'kubernetes' || kind === 'postgres' || kind === 's3')
    .sort((a, b) => a.target.localeCompare(b.target, 'en'));

  async function ask({ target, kind }: (typeof targets)[number]): Promise<TargetPreflight> {
    try {
      return { target, kind, ...(await answers(target, kind)), failure: null };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WindlassFailure)) throw error;
      return { target, kind, ...NOBODY_ASKED, failure: error.summary() };
    }
  }

  async function answers(target: string, kind: string): Promise<Answered> {
    if (kind === 'postgres') return askPostgres(target, steps, connections, env, context);
    if (kind === 's3') return askStore(target, steps, connections, signal);
    const client = await connections.cluster(target);
    try {
      return await askCluster(target, bundle, files, OPENABLE.kinds, client, signal);
    } finally {
      await client.close();
    }
  }

  yield* inOrder(targets, AT_A_TIME, ask);
}

/** What a rollout takes on one of its clusters. */
interface ClusterRights extends ClusterRequirements {
  readonly target: string;
}

/**
 * The rights that a rollout takes on each of its clusters; asks them for the names of their resources alone.
 *
 * @throws WindlassFailure of the first cluster that cannot be asked.
 */
export async function rightsOnClusters(
  bundle: Bundle,
  files: BundleFiles,
  { env, signal }: Asking,
): Promise<readonly ClusterRights[]> {
  const connections = new Connections(bundle, anywhere(env));
  const found: ClusterRights[] = [];
  for (const [target, { kind }] of Object.entries(bundle.targets)) {
    if (kind !== 'kubernetes') continue;
    const client = await connections.cluster(target);
    try {
      const required = await clusterRequirements(target, bundle, files, OPENABLE.kinds, client, signal);
      found.push({ target, ...required });
    } finally {
      await client.close();
    }
  }
  return found;
}
