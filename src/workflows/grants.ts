import { condition } from '@temporalio/workflow';
import { isAhead } from '../domain/lock.ts';
import type { LockGrant, Wish } from '../contract/messages.ts';

/** How far the clocks of Temporal's servers may be apart. */
const SKEW_MS = 60_000;

/** What a request asked for. */
type Asked = Omit<Wish, 'id'>;

/** Answers of target locks that wait to be taken up by whoever asked. */
export class Grants {
  readonly #asked = new Map<string, Asked>();
  readonly #grants = new Map<string, LockGrant>();

  /** From now on an answer to this request is taken; one that nobody asked for is not kept. */
  ask(id: string, asked: Asked): void {
    this.#asked.set(id, asked);
  }

  /** No answer to this request is awaited any more. */
  forget(id: string): void {
    this.#asked.delete(id);
    this.#grants.delete(id);
  }

  /** What is asked for or held now. */
  wishes(): readonly Wish[] {
    return [...this.#asked].map(([id, asked]) => ({ id, ...asked }));
  }

  /** Anybody can send a grant: one that no lock gives is not kept, since targets remember the highest token for good. */
  put(grant: LockGrant): void {
    const asked = this.#asked.get(grant.id);
    if (asked === undefined || grant.lock !== asked.lock || isAhead(grant.token, Date.now())) return;
    if (grant.deadline > Date.now() + asked.leaseMs + SKEW_MS) return;
    this.#grants.set(grant.id, grant);
  }

  /**
   * Waits for the lock's answer to a request; null when there is none in time.
   *
   * @param summary what the Web UI shows of the wait.
   */
  async take(id: string, withinMs: number, summary: string): Promise<LockGrant | null> {
    await condition(() => this.#grants.has(id), withinMs, { summary });
    return this.#grants.get(id) ?? null;
  }
}
