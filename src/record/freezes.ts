import type { RecordReading } from '../domain/damage.ts';
import { shelvesAt } from '../domain/hand-freeze.ts';
import type { RunRecord } from './record.ts';

/**
 * Entries of the orders of which any may freeze an environment at a time, by the months that they are kept under: never all of its record.
 * Throws of the store.
 *
 * @param now milliseconds since the epoch.
 */
export async function freezeOrders(
  record: Pick<RunRecord, 'read'>,
  environment: string,
  now: number,
): Promise<RecordReading> {
  const read = await Promise.all(
    shelvesAt(now).map((rollout) => record.read({ environment, rollout, types: ['freeze'] })),
  );
  return { entries: read.flatMap(({ entries }) => entries), damaged: read.flatMap(({ damaged }) => damaged) };
}
