import { createHash } from 'node:crypto';
import type { RememberedAnswers } from './answers.ts';
import { KubernetesClient } from './client.ts';
import { accessOf, type Access, type KubernetesConnection } from './connection.ts';
import { Transport } from './transport.ts';

/** Long enough for the next step, or the next look of a wait, to find the connections open; in ms. */
const IDLE_MS = 30_000;
/** Each holds some sockets and what its server said of its kinds, a few hundred KB. */
const MOST_IDLE = 16;

interface Shared {
  readonly opened: Promise<{ readonly access: Access; readonly transport: Transport }>;
  readonly answers: RememberedAnswers;
  users: number;
  /** Ends it once nobody used it for a while. */
  ending?: NodeJS.Timeout;
}

/**
 * Connections to clusters that all steps of a process share: sockets, TLS sessions, credentials, and what a server said of
 * its kinds. Each user asks the server whether that still holds, so that kinds which come and go are seen as before, and so
 * is another server behind the address. A kubeconfig that changes in a byte is another connection. What nobody uses is
 * closed after 30 s, and its credentials are forgotten with it.
 *
 * @internal exported for its tests
 */
export class SharedClusters {
  /** By the digest of their kubeconfig and context; those used last are at the end. */
  readonly #shared = new Map<string, Shared>();
  readonly #idleMs: number;

  constructor(idleMs = IDLE_MS) {
    this.#idleMs = idleMs;
  }

  /** How many connections are open, used or not. */
  get size(): number {
    return this.#shared.size;
  }

  /**
   * A client for one step; close it when done. Nothing is sent before its first question.
   *
   * @throws WindlassFailure `ReferenceUnresolved`, `AccessDenied` when the kubeconfig or its credentials cannot be used.
   */
  async open(connection: KubernetesConnection): Promise<KubernetesClient> {
    const key = keyOf(connection);
    const shared: Shared = this.#shared.get(key) ?? { opened: openShared(connection), answers: new Map(), users: 0 };
    this.#shared.delete(key);
    this.#shared.set(key, shared);
    shared.users += 1;
    clearTimeout(shared.ending);
    try {
      const { access, transport } = await shared.opened;
      // Those that cannot be had any more are told now, not at the first question.
      await access.credentials();
      let isOpen = true;
      const close = (): Promise<void> => {
        if (isOpen) this.#leave(key, shared);
        isOpen = false;
        return Promise.resolve();
      };
      return new KubernetesClient(transport, { answers: shared.answers, close });
    } catch (error) {
      // A failure is not remembered as an answer.
      if (this.#shared.get(key) === shared) this.#shared.delete(key);
      this.#leave(key, shared);
      throw error;
    }
  }

  #leave(key: string, shared: Shared): void {
    shared.users -= 1;
    if (shared.users > 0) return;
    shared.ending = setTimeout(() => {
      this.#end(key, shared);
    }, this.#idleMs);
    // A process that is done does not wait for this.
    shared.ending.unref();
    const idle = [...this.#shared].filter(([, { users }]) => users === 0);
    for (const [oldest, unused] of idle.slice(0, Math.max(0, idle.length - MOST_IDLE))) this.#end(oldest, unused);
  }

  #end(key: string, shared: Shared): void {
    clearTimeout(shared.ending);
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
    // One that could not be opened has told its users so.
    shared.opened.then(({ transport }) => transport.close()).catch(() => undefined);
  }
}

function keyOf({ kubeconfig, context }: KubernetesConnection): string {
  const content = JSON.stringify([kubeconfig ?? null, context ?? null]);
  return createHash('sha256').update(content).digest('base64');
}

async function openShared(connection: KubernetesConnection): Promise<Awaited<Shared['opened']>> {
  const access = await accessOf(connection);
  return { access, transport: new Transport(access) };
}

/** Those of this process. */
export const sharedClusters = new SharedClusters();
