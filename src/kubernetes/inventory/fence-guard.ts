import type { Fence } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { assertFence } from '../../domain/fence.ts';
import type { KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { writeOwn } from './write.ts';

/** Carries the highest token that the target has seen. */
export const TOKEN = 'windlass.dev/fence-token';

/** A batch ends after so many writes, or so long after it began. */
const BATCH = { writes: 64, ms: 2_000 };

/** The object that remembers the tokens of a target's lock, whichever rollout holds it. */
export function fenceRef(fence: Pick<Fence, 'lock'>, namespace: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `windlass.${fence.lock.replaceAll('/', '.')}` };
}

/**
 * Keeps a holder that lost its lock from writing on: see ARCHITECTURE.md, "Fencing". The deadline is looked at before
 * every write. The token is written down on the cluster before the first one and compared again before each batch, so
 * that a holder whose clock is wrong, or whose process was stopped for a while, notices that another has come after it.
 */
export class FenceGuard {
  readonly #fence: Fence | undefined;
  readonly #namespace: string | undefined;
  readonly #client: KubernetesClient;
  readonly #signal: AbortSignal;
  #batch: { readonly checked: Promise<void>; readonly began: number; writes: number } | null = null;

  /** @param namespace where tokens are written down; absent: only the deadline is looked at. */
  constructor(
    client: KubernetesClient,
    { fence, signal }: { readonly fence?: Fence; readonly signal: AbortSignal },
    namespace: string | undefined,
  ) {
    this.#client = client;
    this.#fence = fence;
    this.#signal = signal;
    this.#namespace = namespace;
  }

  /**
   * To be awaited before every write.
   *
   * @param object what is about to be written, for the failure.
   * @throws WindlassFailure `FenceLost`; what reading the token throws.
   */
  async hold(object: string): Promise<void> {
    if (this.#fence === undefined) return;
    assertFence(this.#fence, object);
    if (this.#namespace === undefined) return;
    await this.#checked(this.#fence, this.#namespace, object);
    // The check took its time.
    assertFence(this.#fence, object);
  }

  /** Compares before a write that must not happen a batch too late: each deletion. */
  async holdNow(object: string): Promise<void> {
    this.#batch = null;
    await this.hold(object);
  }

  async #checked(fence: Fence, namespace: string, object: string): Promise<void> {
    const now = performance.now();
    let batch = this.#batch;
    if (batch === null || batch.writes >= BATCH.writes || now - batch.began > BATCH.ms) {
      batch = { checked: raiseToken(fence, namespace, object, this.#client, this.#signal), began: now, writes: 0 };
      this.#batch = batch;
    }
    batch.writes += 1;
    await batch.checked;
  }
}

/** Compares the token with the highest one that was seen, and writes it down when it is higher. */
async function raiseToken(
  fence: Fence,
  namespace: string,
  object: string,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  await writeOwn(fenceRef(fence, namespace), client, signal, (now) => {
    const seen = seenToken(now);
    if (seen > fence.token) throw overtaken(fence, seen, object);
    return seen === fence.token ? null : { metadata: { annotations: { [TOKEN]: String(fence.token) } } };
  });
}

/** The highest token that was seen; 0 where none was. */
export function seenToken(now: KubernetesObject | null): number {
  const token = Number(now?.metadata.annotations?.[TOKEN]);
  return Number.isSafeInteger(token) ? token : 0;
}

function overtaken({ lock, token }: Fence, seen: number, object: string): WindlassFailure {
  return new WindlassFailure('FenceLost', `Somebody else has acted on the target (${lock}) since.`, {
    object,
    next: 'Retry the step: it takes the lock again and goes on from what is there.',
    facts: { lock, token, seen },
  });
}
