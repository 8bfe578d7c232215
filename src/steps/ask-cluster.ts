import type { AskCluster, ClusterFacts } from '../domain/rendering.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { readText } from '../domain/json-fields.ts';
import { Connections } from './connections.ts';
import { anywhere } from './reach.ts';

/** A cluster that takes longer is not waited for: whoever loads a rollout may be anywhere. */
const PATIENCE_MS = 10_000;

/** Asks clusters what they serve, with the references of their targets resolved against these environment variables. */
export function clusterAsker(env: NodeJS.ProcessEnv): AskCluster {
  return async (target, binding) => {
    try {
      const connections = new Connections({ targets: { [target]: binding } }, anywhere(env));
      return { facts: await factsOf(connections, target) };
    } catch (error) {
      if (error instanceof WindlassFailure) return { silent: error.message.replace(/\.$/, '') };
      if (error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name))
        return { silent: 'it did not answer in time' };
      throw error;
    }
  };
}

async function factsOf(connections: Connections, target: string): Promise<ClusterFacts> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const client = await connections.cluster(target);
  try {
    const [version, apiVersions] = await Promise.all([
      client.readJson('/version', { signal }),
      client.discovery.apiVersions(signal),
    ]);
    return { kubeVersion: readText(version, 'gitVersion') ?? '', apiVersions };
  } finally {
    await client.close();
  }
}
