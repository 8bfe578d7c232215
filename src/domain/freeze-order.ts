/** Most freezes by hand that hold at once in an environment, and so the most that one order ends. */
export const MOST_FREEZES = 100;

/** What somebody orders for a whole environment, as they sign it: a freeze, or the end of some. */
export interface FreezeOrder {
  readonly environment: string;
  readonly startedBy: string;
  readonly reason: string;
  /** ISO 8601 in UTC; null for an order that ends freezes. */
  readonly until: string | null;
  /** Ids of the freezes that it ends, so that a copy of it ends no other; none where it freezes. */
  readonly ends: readonly string[];
  /** As of a start. */
  readonly nonce?: string;
  readonly validUntil?: string;
  readonly signedAt?: string;
  /** Base64; empty where nobody has to sign. */
  readonly signature: string;
}
