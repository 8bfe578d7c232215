import type { FailureType } from '../domain/failure.ts';

/** What an SQLSTATE, or a whole class of them, means for whoever retries. */
export interface Meaning {
  readonly type: FailureType;
  /** What the operator can do next. */
  readonly next: string;
}

const UP = 'See that the server runs and accepts connections; the step tries again by itself.';
const WAIT = 'The step tries again by itself; look at pg_stat_activity for who holds the lock.';
const RIGHTS = 'Grant the right that is missing to the user of the connection, or connect as another, and retry.';
const LOGIN = 'Look at user and password in the reference of the target, and at pg_hba.conf of the server.';
const ALONE =
  'Begin a migration file that holds this statement with `-- windlass: no-transaction`: it cannot run in a transaction.';
const SERVER = "Look at the server's log, its disk and its memory.";

const CODES: Readonly<Record<string, Meaning>> = {
  '25001': { type: 'SqlFailed', next: ALONE },
  '2D000': { type: 'SqlFailed', next: ALONE },
  '3D000': { type: 'SqlFailed', next: 'Create the database with a postgres.provision step before this one.' },
  '40001': { type: 'TargetBusy', next: WAIT },
  '40P01': { type: 'TargetBusy', next: WAIT },
  '42501': { type: 'AccessDenied', next: RIGHTS },
  '53300': {
    type: 'TargetBusy',
    next: 'Close idle connections or raise max_connections; the step tries again by itself.',
  },
  '55006': { type: 'TargetBusy', next: WAIT },
  '55P03': { type: 'TargetBusy', next: WAIT },
  '57014': {
    type: 'Interrupted',
    next: 'Somebody or a time limit cancelled the statement on the server; retry the step.',
  },
  '57P01': { type: 'TargetUnreachable', next: UP },
  '57P02': { type: 'TargetUnreachable', next: UP },
  '57P03': { type: 'TargetUnreachable', next: UP },
  '57P05': { type: 'TargetUnreachable', next: UP },
};

const CLASSES: Readonly<Record<string, Meaning>> = {
  '08': { type: 'TargetUnreachable', next: UP },
  '28': { type: 'AccessDenied', next: LOGIN },
  '53': { type: 'ServerError', next: SERVER },
  '58': { type: 'ServerError', next: SERVER },
};

/** What the SQLSTATE means; `SqlFailed` when nothing special is known of it. */
export function meaningOf(sqlstate: string): Meaning {
  return (
    CODES[sqlstate] ??
    CLASSES[sqlstate.slice(0, 2)] ?? {
      type: 'SqlFailed',
      next: `Correct the statement or the database; the documentation of PostgreSQL explains SQLSTATE ${sqlstate}.`,
    }
  );
}
