import type { EngineContext } from '../../domain/step-engine.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import type { Declared } from '../declare.ts';
import { labelOf } from '../identity.ts';
import type { Planned } from '../plan/planned.ts';
import { completedAt } from '../status/job.ts';
import { inventoryOf, type InventoryHome } from './apply-set.ts';
import { contentsOf } from './contents.ts';
import { FenceGuard } from './fence-guard.ts';
import { goesByItself, jobDigest, jobKey, rememberJobs, type RememberedJob } from './finished-jobs.ts';
import { namespaceUid } from './namespace-uid.ts';

const LAST_MS = 5_000;

interface Known {
  readonly declared: Declared;
  readonly uid: string;
  readonly completed: string | null;
}

/** What one attempt of a step knows of its Jobs that go by themselves, and writes down beside the inventory. */
export class JobMemory {
  readonly #home: InventoryHome;
  readonly #client: KubernetesClient;
  readonly #guard: FenceGuard;
  readonly #context: Pick<EngineContext, 'fence' | 'owner' | 'signal'>;
  /** By `Declared.key`. */
  readonly #jobs = new Map<string, Known>();
  #writing: Promise<void> = Promise.resolve();

  constructor(home: InventoryHome, client: KubernetesClient, guard: FenceGuard, context: EngineContext) {
    this.#home = home;
    this.#client = client;
    this.#guard = guard;
    this.#context = context;
  }

  /** What a plan knows: Jobs that need no write, the ones that have gone among them. */
  plan(planned: readonly Planned[]): void {
    for (const { declared, action, live, finished } of planned) {
      if (finished !== undefined) this.#know({ declared, uid: finished.uid, completed: finished.at });
      else if (action === 'unchanged' && live !== null) this.#see(declared, live);
    }
  }

  /** Written down at once, since whatever comes next may fail while the Job runs. @throws as `keep`. */
  async made(declared: Declared, object: KubernetesObject): Promise<void> {
    this.#see(declared, object);
    if (this.#jobs.has(declared.key)) await this.keep();
  }

  /** @param time when a Job was complete, as ISO 8601. */
  completed(key: string, time: string): void {
    const job = this.#jobs.get(key);
    if (job !== undefined) this.#jobs.set(key, { ...job, completed: time });
  }

  /**
   * Writes down what is known, one write after the other. An attempt that is to end has a little time left for that.
   *
   * @throws WindlassFailure as `FenceGuard.hold` and `rememberJobs` do.
   */
  async keep(): Promise<void> {
    const write = this.#writing.then(() => this.#write());
    this.#writing = write.catch(() => undefined);
    return write;
  }

  #see(declared: Declared, object: KubernetesObject): void {
    this.#know({ declared, uid: object.metadata.uid ?? '', completed: completedAt(object) });
  }

  #know(job: Known): void {
    if (goesByItself(job.declared.object)) this.#jobs.set(job.declared.key, job);
  }

  async #write(): Promise<void> {
    if (this.#jobs.size === 0) return;
    const isEnding = this.#context.signal.aborted;
    const signal = isEnding ? AbortSignal.timeout(LAST_MS) : this.#context.signal;
    const guard = isEnding
      ? new FenceGuard(this.#client, { ...this.#context, signal }, this.#home.namespace)
      : this.#guard;
    const known = [...this.#jobs.values()];
    const inventory = inventoryOf(this.#home, this.#context.owner);
    const jobs = await Promise.all(
      known.map(async ({ declared, uid, completed }): Promise<[string, RememberedJob]> => {
        const namespace = await namespaceUid(declared.ref, this.#client, signal);
        const job = { digest: jobDigest(declared), uid, completed };
        return [jobKey(declared.ref), namespace === undefined ? job : { ...job, namespace }];
      }),
    );
    await guard.hold(labelOf(inventory.ref));
    const members = contentsOf(known.map(({ declared }) => declared.ref));
    await rememberJobs(inventory, new Map(jobs), members, this.#client, signal);
  }
}
