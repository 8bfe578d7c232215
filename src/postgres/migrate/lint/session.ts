import type { Node } from 'libpg-query';
import { outsideOnly } from './outside.ts';
import { as, nameOf, within, type Of } from '../../sql/tree.ts';

/** How the file runs that a statement stands in, as far as that decides what the statement may be. */
export interface Mode {
  readonly noTransaction: boolean;
  /** Whether nothing but settings came before it. */
  readonly first: boolean;
}

/** `DECLARE ... WITH HOLD` in the options of a cursor (CURSOR_OPT_HOLD in parsenodes.h). */
const HOLD = 0x20;

/**
 * Why a statement about the session or the transaction would not do in a file of Windlass what it does under psql; null when
 * it does.
 */
export function sessionRefusal(statement: Node, mode: Mode): string | null {
  return (
    readAnotherWay(statement) ??
    transactionSetting(statement, mode) ??
    (mode.noTransaction ? withoutEffect(statement) : null) ??
    unlocksAll(statement)
  );
}

/** Settings as a statement makes them, whichever way it is spelled: `SET`, `SET NAMES`, `set_config()`. */
function settingsOf(statement: Node): readonly { readonly name: string; readonly value: string }[] {
  const options = as(statement, 'TransactionStmt')?.options;
  if (options !== undefined) return options.map(settingOf);
  const set = as(statement, 'VariableSetStmt');
  if (set?.kind === 'VAR_SET_VALUE')
    return [{ name: (set.name ?? '').toLowerCase(), value: (set.args ?? []).map(constantOf).join(',') }];
  if (set?.kind === 'VAR_SET_MULTI') {
    const session = (set.name ?? '').toUpperCase() === 'SESSION CHARACTERISTICS';
    return (set.args ?? [])
      .map(settingOf)
      .map(({ name, value }) => ({ name: session ? `default_${name}` : name, value }));
  }
  if (!('SelectStmt' in statement)) return [];
  return callsOf(statement)
    .filter(({ name }) => name === 'set_config')
    .map(({ args }) => ({ name: constantOf(args[0]).toLowerCase(), value: constantOf(args[1]) }));
}

function settingOf(option: Node): { readonly name: string; readonly value: string } {
  const { defname = '', arg } = as(option, 'DefElem') ?? {};
  return { name: defname, value: constantOf(arg) };
}

/** Whether a statement begins or ends a transaction for good; null when it does neither. */
export function blockEdge(statement: Node): 'begin' | 'end' | null {
  const transaction = as(statement, 'TransactionStmt');
  if (transaction === null || transaction.chain === true) return null;
  if (transaction.kind === 'TRANS_STMT_BEGIN' || transaction.kind === 'TRANS_STMT_START') return 'begin';
  return transaction.kind === 'TRANS_STMT_COMMIT' ? 'end' : null;
}

function constantOf(node: Node | undefined): string {
  const { sval, ival, boolval } = as(node, 'A_Const') ?? {};
  if (sval !== undefined) return sval.sval ?? '';
  if (ival !== undefined) return String(ival.ival ?? 0);
  return boolval === undefined ? '' : String(boolval.boolval ?? false);
}

function callsOf(statement: Node): readonly { readonly name: string; readonly args: readonly Node[] }[] {
  return within(statement, 'FuncCall').map(({ funcname, args = [] }) => ({
    name: nameOf(funcname).at(-1) ?? '',
    args,
  }));
}

const UTF8 = ['UTF8', 'UNICODE', 'SQLASCII', 'DEFAULT', ''];
const OFF = /^(?:off?|f(?:a(?:l(?:s(?:e)?)?)?)?|no?|0)$/i;

function readAnotherWay(statement: Node): string | null {
  for (const { name, value } of settingsOf(statement)) {
    if (name === 'client_encoding' && !UTF8.includes(value.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')))
      return `files are read and sent as UTF-8, and not as ${value}: convert the file and leave this line out`;
    if (name === 'standard_conforming_strings' && OFF.test(value))
      return "files are read with standard_conforming_strings on: write E'...' where a backslash escapes";
  }
  return null;
}

function transactionSetting(statement: Node, { noTransaction, first }: Mode): string | null {
  const set = as(statement, 'VariableSetStmt');
  if (set?.kind === 'VAR_SET_MULTI' && set.name === 'TRANSACTION SNAPSHOT')
    return 'a snapshot of another session cannot be taken on by a migration';
  const settings = settingsOf(statement);
  const isOn = (name: string): boolean => settings.some((setting) => setting.name === name && !OFF.test(setting.value));
  if (isOn('transaction_read_only') || (noTransaction && isOn('default_transaction_read_only')))
    return 'a migration that may only read could not write its row in the ledger';
  if (settings.some(({ name }) => name === 'transaction_deferrable'))
    return 'DEFERRABLE is for transactions that only read, which no migration is';
  if (noTransaction || first) return null;
  return isolationOf(statement) === null
    ? null
    : 'the isolation level of a transaction is set before its first query: put it at the beginning of the file';
}

const LEVELS = ['serializable', 'repeatable read', 'read committed', 'read uncommitted'];

/** The isolation level that a statement gives to its transaction; null when it gives none that there is. */
export function isolationOf(statement: Node): string | null {
  const { value = '' } = settingsOf(statement).find(({ name }) => name === 'transaction_isolation') ?? {};
  return LEVELS.find((level) => level === value.toLowerCase()) ?? null;
}

/** What psql only warns of, or refuses, where no transaction is. */
function withoutEffect(statement: Node): string | null {
  const set = as(statement, 'VariableSetStmt');
  if (set?.is_local === true) return outside('SET LOCAL');
  if (set?.kind === 'VAR_SET_MULTI' && set.name === 'TRANSACTION') return outside('SET TRANSACTION');
  if (isolationOf(statement) !== null) return outside('transaction_isolation');
  if ('ConstraintsSetStmt' in statement) return outside('SET CONSTRAINTS');
  if ('LockStmt' in statement) return outside('LOCK TABLE');
  if ('TransactionStmt' in statement) return outside('SAVEPOINT');
  const cursor = as(statement, 'DeclareCursorStmt');
  if (cursor !== null && ((cursor.options ?? 0) & HOLD) === 0) return outside('DECLARE CURSOR without WITH HOLD');
  return null;
}

function outside(what: string): string {
  return `${what} has no effect in a file with \`-- windlass: no-transaction\`: its statements have no transaction in common`;
}

function unlocksAll(statement: Node): string | null {
  return callsOf(statement).some(({ name }) => name === 'pg_advisory_unlock_all')
    ? 'pg_advisory_unlock_all() would give back the lock that keeps other migrators away: name the locks'
    : null;
}

/** Functions that act on the session alone, or on nothing. */
const ON_SESSION = new Set([
  'set_config',
  ...['lock', 'lock_shared', 'unlock', 'unlock_shared'].map((name) => `pg_advisory_${name}`),
  ...['lock', 'lock_shared'].map((name) => `pg_try_advisory_${name}`),
  ...['current_setting', 'hashtext', 'hashtextextended', 'concat', 'format', 'quote_ident', 'current_database'],
]);

/** Whether the parsed statement is of use to those who run a file without a transaction; most parse trees are not, and large. */
export function isOfUse(statement: Node): boolean {
  return (
    'TransactionStmt' in statement ||
    'CallStmt' in statement ||
    'DoStmt' in statement ||
    setsSession(statement) ||
    outsideOnly(statement) !== null
  );
}

/** Whether all that a statement does is to the session, so that a new session is brought to where it was by it. */
export function setsSession(statement: Node): boolean {
  if (
    ['VariableSetStmt', 'PrepareStmt', 'DeallocateStmt', 'ListenStmt', 'UnlistenStmt', 'LoadStmt'].some(
      (kind) => kind in statement,
    )
  )
    return true;
  const select = as(statement, 'SelectStmt');
  if (select === null || select.fromClause !== undefined || select.intoClause !== undefined) return false;
  const calls = callsOf(statement);
  return calls.length > 0 && calls.every(({ name }) => ON_SESSION.has(name)) && !readsTables(select);
}

function readsTables(select: Of<'SelectStmt'>): boolean {
  return within(select, 'RangeVar').length > 0;
}

/** Whether a statement takes an advisory lock for the session where everybody can see it. */
export function takesLock(statement: Node): boolean {
  return callsOf(statement).some(({ name }) => /^pg_(?:try_)?advisory_lock/.test(name));
}
