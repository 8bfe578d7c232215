import type { Fence } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Session } from '../session.ts';

/**
 * Locks the token row of the fence's lock until the transaction ends, compares and stores. One statement does all three:
 * an upsert locks the row as FOR UPDATE does, and also where there is no row yet to lock.
 *
 * @throws WindlassFailure `FenceLost` when a higher token was seen.
 */
export async function holdTokenRow(session: Session, fence: Fence, object: string): Promise<void> {
  const [row] = await session.query<{ token: string }>(
    `INSERT INTO windlass.fence AS seen (lock, token) VALUES ($1, $2)
     ON CONFLICT (lock) DO UPDATE SET token = GREATEST(seen.token, EXCLUDED.token)
     RETURNING token`,
    [fence.lock, fence.token],
  );
  if (row !== undefined && Number(row.token) > fence.token) {
    throw new WindlassFailure(
      'FenceLost',
      `The right to act on the target (${fence.lock}, token ${fence.token}) is lost: the database has seen token ${row.token}.`,
      {
        object,
        next: 'See which rollout holds the target now; a retry of the step takes the lock again.',
        facts: { lock: fence.lock, token: fence.token, seen: Number(row.token) },
      },
    );
  }
}
