import { condition } from '@temporalio/workflow';
import type { LockGrant } from '../contract/messages.ts';

/** Answers of target locks that wait to be taken up by whoever asked. */
export class Grants {
  readonly #asked = new Set<string>();
  readonly #grants = new Map<string, LockGrant>();

  /** From now on an answer to this request is taken; one that nobody asked for is not kept. */
  ask(id: string): void {
    this.#asked.add(id);
  }

  /** No answer to this request is awaited any more. */
  forget(id: string): void {
    this.#asked.delete(id);
    this.#grants.delete(id);
  }

  put(grant: LockGrant): void {
    if (this.#asked.has(grant.id)) this.#grants.set(grant.id, grant);
  }

  /** Waits for the lock's answer to a request; null when there is none in time. */
  async take(id: string, withinMs: number): Promise<LockGrant | null> {
    await condition(() => this.#grants.has(id), withinMs);
    return this.#grants.get(id) ?? null;
  }
}
