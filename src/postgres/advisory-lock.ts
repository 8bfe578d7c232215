import { pauseFor } from '../clock.ts';
import { doublingPauses } from '../domain/pauses.ts';
import type { EngineContext } from '../domain/step-engine.ts';
import { WINDLASS } from './advisory-key.ts';
import type { Session } from './session.ts';

/** The second key says what is locked. */
const LOCKS = { migration: 1, provisioning: 2 } as const;
export type LockName = keyof typeof LOCKS;

/** Between tries: short at first, since most holders are about to finish. */
const TRY_AGAIN = { firstMs: 100, mostMs: 1_000 };

/**
 * Takes a lock that this session then holds until it ends. Tries instead of waiting in the server, because a waiting
 * session holds a snapshot that CREATE INDEX CONCURRENTLY of the holder waits for. Tells who holds it meanwhile.
 * Waits as long as the signal lets it.
 *
 * @throws `signal.reason` once it aborts; WindlassFailure as `Session` does.
 */
export async function holdLock(session: Session, name: LockName, context: EngineContext): Promise<void> {
  for (const pause of doublingPauses(TRY_AGAIN)) {
    if (await tryLock(session, name)) return;
    context.progress({ waiting: `${name} lock`, holder: await holderOf(session, name) });
    await pauseFor(pause, context.signal);
  }
}

async function tryLock(session: Session, name: LockName): Promise<boolean> {
  const [row] = await session.query<{ had: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS had', keys(name));
  return row?.had === true;
}

/** Who holds the lock, in words; null when it was let go meanwhile. */
async function holderOf(session: Session, name: LockName): Promise<string | null> {
  const [row] = await session.query<{ pid: number; usename: string | null; application_name: string | null }>(
    `SELECT l.pid, a.usename, a.application_name
       FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'advisory' AND l.classid = $1 AND l.objid = $2 AND l.objsubid = 2 AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    keys(name),
  );
  if (row === undefined) return null;
  const application = row.application_name ?? '';
  return `pid ${String(row.pid)}, user ${row.usename ?? 'unknown'}${application === '' ? '' : `, ${application}`}`;
}

function keys(name: LockName): readonly number[] {
  return [WINDLASS, LOCKS[name]];
}
