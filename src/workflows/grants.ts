import { condition } from '@temporalio/workflow';
import type { LockGrant } from '../contract/messages.ts';

/** Answers of target locks that wait to be taken up by whoever asked. */
export class Grants {
  readonly #grants = new Map<string, LockGrant>();

  put(grant: LockGrant): void {
    this.#grants.set(grant.id, grant);
  }

  /** Waits for the lock's answer to a request; null when there is none in time. */
  async take(id: string, withinMs: number): Promise<LockGrant | null> {
    await condition(() => this.#grants.has(id), withinMs);
    const grant = this.#grants.get(id) ?? null;
    this.#grants.delete(id);
    return grant;
  }
}
