import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { waitUntilReady } from '../../src/kubernetes/wait/wait.ts';
import { killServer, labReset, labUp, startServer, type LabEnv, type ServerName } from '../../src/lab/index.ts';
import { deployment, NAMESPACE, objectsOf } from './objects.ts';

/** In the order in which they start. */
const CONTROL_PLANE: readonly ServerName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
];
/** Servers that a contestant could only be disturbed by. */
const BYSTANDERS: readonly ServerName[] = ['velero', 'minio', 'postgres'];

/** The real control plane of a lab of the benchmarks' own, whose store begins anew before every cold run. */
export class BenchCluster {
  readonly env: LabEnv;
  readonly #dir: string;

  private constructor(dir: string, env: LabEnv) {
    this.#dir = dir;
    this.env = env;
  }

  static async open(dir: string): Promise<BenchCluster> {
    await labReset(dir);
    const { env } = await labUp({ dir });
    for (const server of BYSTANDERS) await killServer(dir, server);
    const cluster = new BenchCluster(dir, env);
    await cluster.#stop();
    cpSync(cluster.#store, cluster.#copy, { recursive: true });
    return cluster;
  }

  /** The path of the administrator's kubeconfig. */
  get kubeconfig(): string {
    return this.env.WINDLASS_LAB_KUBECONFIG;
  }

  client(): Promise<KubernetesClient> {
    return openKubernetes({ kubeconfig: readFileSync(this.kubeconfig, 'utf8') });
  }

  /**
   * Every server of the control plane anew over the store as it was at first, and then the same little work for each
   * contestant: schemas and caches of the API server are warm, controllers and simulated nodes are proved to work.
   */
  async reset(): Promise<void> {
    await this.#stop();
    rmSync(this.#store, { recursive: true, force: true });
    cpSync(this.#copy, this.#store, { recursive: true });
    for (const server of CONTROL_PLANE) await startServer(this.#dir, server);
    await this.#warmUp();
  }

  async close(): Promise<void> {
    await labReset(this.#dir);
  }

  get #store(): string {
    return join(this.#dir, 'data', 'etcd', 'state');
  }

  get #copy(): string {
    return join(this.#dir, 'data', 'etcd', 'state-at-first');
  }

  async #stop(): Promise<void> {
    for (const server of CONTROL_PLANE.toReversed()) await killServer(this.#dir, server);
  }

  async #warmUp(): Promise<void> {
    const client = await this.client();
    try {
      for (const name of [NAMESPACE, 'warm'])
        await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      const pods = { ...deployment('pods', 2), metadata: { name: 'pods', namespace: 'warm' } };
      const stored = await Promise.all([...objectsOf(100, 'warm'), pods].map((object) => client.apply(object)));
      const { signal } = new AbortController();
      await waitUntilReady(stored, client, { withinMs: 120_000, signal, progress: () => undefined });
    } finally {
      await client.close();
    }
  }
}
