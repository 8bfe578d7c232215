import type { SecretKey } from '../domain/secret-place.ts';
import type { KubernetesClient } from '../kubernetes/client/client.ts';
import { readText } from '../domain/json-fields.ts';
import type { Connections } from './connections.ts';

/** Values in Secrets of a bundle's clusters. They never leave the process. */
export class ClusterSecrets {
  readonly #connections: Connections;
  readonly #clusters = new Map<string, Promise<KubernetesClient>>();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** The value of a key; null when the Secret or the key is not there. */
  readonly read = async ({ target, namespace, name, key }: SecretKey, signal: AbortSignal): Promise<string | null> => {
    const cluster = await this.#cluster(target);
    const secret = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { signal });
    const value = readText(secret ?? undefined, 'data', key);
    return value === undefined ? null : Buffer.from(value, 'base64').toString('utf8');
  };

  async close(): Promise<void> {
    // One that could not be opened has told its caller so.
    const opened = await Promise.allSettled(this.#clusters.values());
    for (const cluster of opened) if (cluster.status === 'fulfilled') await cluster.value.close();
  }

  #cluster(target: string): Promise<KubernetesClient> {
    const known = this.#clusters.get(target);
    if (known !== undefined) return known;
    const opened = this.#connections.cluster(target);
    this.#clusters.set(target, opened);
    return opened;
  }
}
