import type { EngineContext, Fence } from '../../src/domain/step-engine.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { inventoryOf, type InventoryHome } from '../../src/kubernetes/inventory/apply-set.ts';
import { fenceRef } from '../../src/kubernetes/inventory/fence-guard.ts';
import { contextOf, freshName, type Attempt } from './cluster.ts';

/** A rollout of one test alone, with an inventory and a lock of its own. */
export class OwnRollout {
  readonly home: InventoryHome = { namespace: 'default', target: 'cluster' };
  readonly name = freshName('rollout');
  readonly #lock = `lock/${this.name}/cluster`;

  get inventory() {
    return inventoryOf(this.home, this.#owner);
  }

  /** As `contextOf`, for a step of this rollout. */
  context(manifests: readonly object[] | string, attempt: Attempt = {}): EngineContext {
    return { ...contextOf(manifests, attempt), owner: this.#owner };
  }

  fence(token: number, deadline = Date.now() + 600_000): Fence {
    return { token, deadline, lock: this.#lock };
  }

  async parent(client: KubernetesClient): Promise<KubernetesObject | null> {
    return client.get(this.inventory.ref);
  }

  async token(client: KubernetesClient): Promise<string | undefined> {
    const object = await client.get(fenceRef(this.fence(0), this.home.namespace));
    return object?.metadata.annotations?.['windlass.dev/fence-token'];
  }

  async cleanUp(client: KubernetesClient): Promise<void> {
    await client.delete(this.inventory.ref);
    await client.delete(fenceRef(this.fence(0), this.home.namespace));
  }

  get #owner(): EngineContext['owner'] {
    return { rollout: this.name, environment: 'test', bundle: 'b', run: 'r', phase: 'p', step: 's' };
  }
}
