import { WindlassFailure } from '../domain/failure.ts';
import type { EnvironmentPolicy } from '../domain/policy.ts';
import { holdsNow } from '../policy/freeze-order.ts';
import { freezeOrders } from '../record/freezes.ts';
import type { RunRecord } from '../record/record.ts';

/**
 * Makes sure that nobody has frozen an environment by hand.
 *
 * @throws WindlassFailure `Unauthorised` while a freeze holds, or where one may be on record that does not read; of the store.
 */
export async function assertNotFrozenByHand(
  record: Pick<RunRecord, 'read'>,
  policy: EnvironmentPolicy,
  environment: string,
  object: string,
): Promise<void> {
  const now = Date.now();
  const { entries, damaged } = await freezeOrders(record, environment, now);
  // What no worker has sealed is no order, whoever has put it there; any other may have been one.
  const lost = damaged.find(({ damage }) => damage !== 'unsealed');
  if (lost !== undefined)
    throw new WindlassFailure(
      'Unauthorised',
      `Whether the environment is frozen is not known: ${lost.object} ${lost.why}.`,
      {
        object,
        next: 'Bring the entry back, or move it aside where nothing is frozen; then start or retry it.',
      },
    );
  const hold = holdsNow(policy, entries, now)[0];
  if (hold === undefined) return;
  throw new WindlassFailure(
    'Unauthorised',
    `The environment is frozen by ${hold.by} until ${hold.until}: ${hold.reason}.`,
    { object, next: 'Start or retry it afterwards. Whoever may start here ends it: `windlass freeze --end`.' },
  );
}
