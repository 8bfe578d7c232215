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

/** Conditions and, by two characters, whole classes of them, as Appendix A of the PostgreSQL manual names them. */
const CONDITIONS: Readonly<Record<string, string>> = {
  '00': 'successful completion',
  '01': 'warning',
  '02': 'no data',
  '03': 'SQL statement not yet complete',
  '08': 'connection exception',
  '09': 'triggered action exception',
  '0A': 'feature not supported',
  '0B': 'invalid transaction initiation',
  '0F': 'locator exception',
  '0L': 'invalid grantor',
  '0P': 'invalid role specification',
  '0Z': 'diagnostics exception',
  '20': 'case not found',
  '21': 'cardinality violation',
  '22': 'data exception',
  '23': 'integrity constraint violation',
  '24': 'invalid cursor state',
  '25': 'invalid transaction state',
  '26': 'invalid SQL statement name',
  '27': 'triggered data change violation',
  '28': 'invalid authorization specification',
  '2B': 'dependent privilege descriptors still exist',
  '2D': 'invalid transaction termination',
  '2F': 'SQL routine exception',
  '34': 'invalid cursor name',
  '38': 'external routine exception',
  '39': 'external routine invocation exception',
  '3B': 'savepoint exception',
  '3D': 'invalid catalog name',
  '3F': 'invalid schema name',
  '40': 'transaction rollback',
  '42': 'syntax error or access rule violation',
  '44': 'WITH CHECK OPTION violation',
  '53': 'insufficient resources',
  '54': 'program limit exceeded',
  '55': 'object not in prerequisite state',
  '57': 'operator intervention',
  '58': 'system error',
  '72': 'snapshot failure',
  F0: 'configuration file error',
  HV: 'foreign data wrapper error',
  P0: 'error raised by code in the database',
  XX: 'internal error of the server',
  '22001': 'string data right truncation',
  '22003': 'numeric value out of range',
  '22004': 'null value not allowed',
  '22007': 'invalid datetime format',
  '22008': 'datetime field overflow',
  '22012': 'division by zero',
  '22023': 'invalid parameter value',
  '22026': 'string data length mismatch',
  '22P02': 'invalid text representation',
  '22P03': 'invalid binary representation',
  '22P04': 'bad copy file format',
  '22P05': 'untranslatable character',
  '22021': 'character not in repertoire',
  '22025': 'invalid escape sequence',
  '22030': 'duplicate JSON object key value',
  '22032': 'invalid JSON text',
  '23001': 'restrict violation',
  '23502': 'not null violation',
  '23503': 'foreign key violation',
  '23505': 'unique violation',
  '23514': 'check violation',
  '23P01': 'exclusion violation',
  '25001': 'active SQL transaction',
  '25006': 'read only SQL transaction',
  '25P02': 'in failed SQL transaction',
  '28000': 'invalid authorization specification',
  '28P01': 'invalid password',
  '2BP01': 'dependent objects still exist',
  '40001': 'serialization failure',
  '40P01': 'deadlock detected',
  '42501': 'insufficient privilege',
  '42601': 'syntax error',
  '42602': 'invalid name',
  '42611': 'invalid column definition',
  '42622': 'name too long',
  '42701': 'duplicate column',
  '42702': 'ambiguous column',
  '42703': 'undefined column',
  '42704': 'undefined object',
  '42710': 'duplicate object',
  '42712': 'duplicate alias',
  '42723': 'duplicate function',
  '42725': 'ambiguous function',
  '42803': 'grouping error',
  '42804': 'datatype mismatch',
  '42809': 'wrong object type',
  '42830': 'invalid foreign key',
  '42846': 'cannot coerce',
  '42883': 'undefined function',
  '42939': 'reserved name',
  '42P01': 'undefined table',
  '42P02': 'undefined parameter',
  '42P04': 'duplicate database',
  '42P06': 'duplicate schema',
  '42P07': 'duplicate table',
  '42P10': 'invalid column reference',
  '42P16': 'invalid table definition',
  '42P17': 'invalid object definition',
  '53100': 'disk full',
  '53200': 'out of memory',
  '53300': 'too many connections',
  '54000': 'program limit exceeded',
  '54001': 'statement too complex',
  '55000': 'object not in prerequisite state',
  '55006': 'object in use',
  '55P03': 'lock not available',
  '57014': 'query canceled',
  '57P01': 'admin shutdown',
  '57P02': 'crash shutdown',
  '57P03': 'cannot connect now',
  '57P04': 'database dropped',
  '57P05': 'idle session timeout',
  '58030': 'IO error',
  '58P01': 'undefined file',
  '58P02': 'duplicate file',
  P0001: 'raised by code in the database',
  P0002: 'no data found',
  P0003: 'too many rows',
  P0004: 'assert failure',
};

/** What an SQLSTATE is called: the words of its class where it has none of its own. */
export function conditionOf(sqlstate: string): string {
  return CONDITIONS[sqlstate] ?? CONDITIONS[sqlstate.slice(0, 2)] ?? 'an error that has no name here';
}
