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

/**
 * Lets a database remember another token of a lock where the one that it has seen keeps off whoever is granted it.
 *
 * @param instead what to remember instead; null where the token keeps nobody off.
 * @param write whether it is written down; otherwise it is only looked at.
 * @returns null where nothing is wrong.
 * @throws WindlassFailure as `Session` does.
 */
export async function healDatabaseFence(
  session: Session,
  lock: string,
  instead: (seen: number) => number | null,
  write: boolean,
): Promise<{ readonly seen: number; readonly now: number } | null> {
  const [table] = await session.query<{ there: boolean }>("SELECT to_regclass('windlass.fence') IS NOT NULL AS there");
  if (table?.there !== true) return null;
  const [row] = await session.query<{ token: string }>('SELECT token FROM windlass.fence WHERE lock = $1', [lock]);
  const seen = Number(row?.token ?? 0);
  const now = instead(seen);
  if (now === null) return null;
  // Whoever is granted the lock meanwhile is not overwritten.
  if (write)
    await session.query('UPDATE windlass.fence SET token = $3 WHERE lock = $1 AND token = $2', [lock, seen, now]);
  return { seen, now };
}
