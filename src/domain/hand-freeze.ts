import type { FreezeOrder } from './freeze-order.ts';
import type { Hold } from './freeze.ts';
import type { Addressed } from './gate.ts';
import type { RecordEntry } from './record-entry.ts';
import { ofType } from './entries.ts';

/** A freeze by hand that holds. */
export interface HandHold extends Hold {
  /** Run of the workflow that has put it on record. */
  readonly id: string;
  readonly by: string;
  /** When it began: ISO 8601 in UTC. */
  readonly since: string;
}

/** The longest freeze by hand: what is longer belongs into the policy. So no more than two months of the record are read for what holds. */
export const LONGEST_FREEZE_MS = 14 * 86_400_000;

/** How far the clocks of workers may be apart. */
const SKEW_MS = 5 * 60_000;

/** What orders for an environment are signed as: they are of no rollout. */
export function addressOfFreeze(environment: string): Addressed {
  return { kind: 'freeze', environment, rollout: '' };
}

/** Where in the record of its environment an order of this time is kept, in the place of a rollout: by months, since few hold. */
export function freezeShelf(now: number): string {
  return `freezes-${new Date(now).toISOString().slice(0, 'YYYY-MM'.length)}`;
}

/** Where orders are kept of which any may hold. */
export function shelvesAt(now: number): readonly string[] {
  return [...new Set([now - LONGEST_FREEZE_MS - SKEW_MS, now + SKEW_MS].map(freezeShelf))];
}

/**
 * The freezes by hand that hold at a time, in milliseconds since the epoch, oldest first.
 *
 * @param stands whether an order that ends freezes may: one whose signature does not stand any more ends nothing.
 */
export function handHolds(
  entries: readonly RecordEntry[],
  now: number,
  stands: (order: FreezeOrder) => boolean,
): readonly HandHold[] {
  const orders = ofType(entries, 'freeze').filter(({ body }) => body.denial === null);
  const ended = new Set(
    orders.flatMap(({ body: { order } }) => (order.until === null && stands(order) ? order.ends : [])),
  );
  return orders.flatMap(({ time, scope, body: { order } }) => {
    const { until, reason, startedBy: by } = order;
    if (until === null || Date.parse(until) <= now || ended.has(scope.run)) return [];
    return [{ id: scope.run, until, reason, by, since: time }];
  });
}
