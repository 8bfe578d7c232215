import type { Node } from 'libpg-query';
import { as, hasOption, nameOf, within } from '../../sql/tree.ts';

/** What a statement is to a rehearsal. */
export interface Traits {
  /**
   * `structure` changes the catalog, so that what follows is uncertain when it fails; `data` and `rights` may fail on a copy
   * without rows; `idle` means nothing there.
   */
  readonly kind: 'structure' | 'data' | 'rights' | 'idle';
  /** Why it is not carried out, since it would reach outside of the database; null when it would not. */
  readonly outside: string | null;
  /** Whether what follows cannot be known without it. */
  readonly matters: boolean;
  /** Whether it runs code whose effect only shows when it runs. */
  readonly code: boolean;
}

const DATA = [
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'SelectStmt',
  'CopyStmt',
  'ExplainStmt',
  'ExecuteStmt',
  'DeclareCursorStmt',
  'FetchStmt',
  'ClosePortalStmt',
];
const RIGHTS = [
  'GrantStmt',
  'AlterOwnerStmt',
  'CommentStmt',
  'SecLabelStmt',
  'AlterDefaultPrivilegesStmt',
  'CreatePolicyStmt',
  'AlterPolicyStmt',
];
const IDLE = [
  'VacuumStmt',
  'CheckPointStmt',
  'ListenStmt',
  'UnlistenStmt',
  'NotifyStmt',
  'CreatePublicationStmt',
  'AlterPublicationStmt',
];

/** Statements whose effect is not bound to the database they run in, with what they are called. */
const OUTSIDE: Readonly<Record<string, string>> = {
  CreateRoleStmt: 'roles belong to the server',
  AlterRoleStmt: 'roles belong to the server',
  AlterRoleSetStmt: 'roles belong to the server',
  DropRoleStmt: 'roles belong to the server',
  GrantRoleStmt: 'roles belong to the server',
  ReassignOwnedStmt: 'REASSIGN OWNED reaches what belongs to the server',
  DropOwnedStmt: 'DROP OWNED reaches what belongs to the server',
  AlterSystemStmt: 'ALTER SYSTEM changes the server',
  AlterDatabaseStmt: 'ALTER DATABASE changes another database',
  AlterDatabaseSetStmt: 'ALTER DATABASE changes another database',
  AlterDatabaseRefreshCollStmt: 'ALTER DATABASE changes another database',
  CreatedbStmt: 'CREATE DATABASE makes another database',
  DropdbStmt: 'DROP DATABASE drops another database',
  CreateTableSpaceStmt: 'tablespaces belong to the server',
  DropTableSpaceStmt: 'tablespaces belong to the server',
  AlterTableSpaceOptionsStmt: 'tablespaces belong to the server',
  CreateSubscriptionStmt: 'subscriptions connect to other servers',
  AlterSubscriptionStmt: 'subscriptions connect to other servers',
  DropSubscriptionStmt: 'subscriptions connect to other servers',
  CreateForeignServerStmt: 'foreign servers are outside',
  AlterForeignServerStmt: 'foreign servers are outside',
  CreateUserMappingStmt: 'foreign servers are outside',
  AlterUserMappingStmt: 'foreign servers are outside',
  CreateFdwStmt: 'foreign servers are outside',
  AlterFdwStmt: 'foreign servers are outside',
  CreateForeignTableStmt: 'foreign servers are outside',
  ImportForeignSchemaStmt: 'foreign servers are outside',
  LoadStmt: 'LOAD runs code of the server',
  CreatePLangStmt: 'languages run code of the server',
};

/** Extensions that reach other servers, files or programs. */
export const REACHING =
  /^(?:dblink|.*_fdw|adminpack|http|pg_net|pg_cron|pg_background|aws_.*|azure_.*|pl(?:python\w*|perlu|tclu|sh|r|java\w*)|lo|plv8u?)$/;
/** Languages whose code is kept inside by the server. */
const TRUSTED = ['sql', 'plpgsql', 'plperl', 'pltcl', 'internal', 'plv8'];
/**
 * Words in code that stands for something outside. A list, and no sandbox: whoever asks for a rehearsal vouches for the files.
 */
const REACHING_WORDS = [
  /\b(?:dblink\w*|postgres_fdw\w*|lo_(?:import|export|unlink)|http_(?:get|post|put|delete|head|patch))\b/i,
  /\bpg_(?:read_(?:binary_)?file|ls_\w+|stat_file|file_\w+|notify|terminate_backend|cancel_backend|reload_conf|rotate_logfile)\b/i,
  /\bpg_(?:promote|switch_wal|create_restore_point|backup_\w+|start_backup|stop_backup|\w*replication_\w+|logical_\w+)\b/i,
  /\bpg_(?:log_\w+|stat_reset\w*|wal_replay_\w+)\b/i,
  /\balter\s+system\b|\b(?:reassign|drop)\s+owned\b|\bimport\s+foreign\b|\b(?:listen|notify|load)\b/i,
  /\b(?:create|alter|drop)\s+(?:role|user|group|database|tablespace|subscription|server|foreign)\b/i,
  /\b(?:grant|revoke|comment|label)\b[^;]*?\bon\s+(?:database|role|tablespace|parameter|subscription|foreign)\b/i,
  // Memberships name no object.
  /\b(?:grant|revoke)\s+(?:(?!\bon\b)[^;])*?\b(?:to|from)\b/i,
  /\bcopy\b[^;]*?\b(?:program|from\s+'|to\s+')/i,
];

/** Code of a routine or of DO, as text. */
export function reaches(code: string): boolean {
  return REACHING_WORDS.some((words) => words.test(code));
}

/** @param sql the statement, for what stands in the text of its code. */
export function traitsOf(node: Node, sql: string): Traits {
  const outside = outsideOf(node, sql);
  const kind = kindOf(node);
  const code = 'DoStmt' in node || 'CallStmt' in node;
  const makes = 'CreateExtensionStmt' in node || 'DropOwnedStmt' in node || (kind === 'structure' && isCode(node));
  const matters = code || makes || namesOfCalls(node).length > 0;
  return { kind, outside, matters: outside !== null && matters, code };
}

function kindOf(node: Node): Traits['kind'] {
  const name = nameOfKind(node);
  if (DATA.includes(name)) return 'data';
  if (RIGHTS.includes(name)) return 'rights';
  if (IDLE.includes(name)) return 'idle';
  // All tables of the copy would be written anew, one by one; what that does is known from the text.
  if (as(node, 'ClusterStmt')?.relation === undefined && 'ClusterStmt' in node) return 'idle';
  const reindex = as(node, 'ReindexStmt');
  if (reindex !== null && reindex.relation === undefined) return 'idle';
  return 'structure';
}

/** A node has one key: its kind. */
function nameOfKind(node: Node): string {
  return Object.keys(node)[0] ?? '';
}

function outsideOf(node: Node, sql: string): string | null {
  const known = OUTSIDE[nameOfKind(node)];
  if (known !== undefined) return known;
  const copy = as(node, 'CopyStmt');
  if (copy?.is_program === true) return 'COPY runs a program of the server';
  if (copy !== null && (copy.filename ?? '') !== '') return 'COPY reads or writes a file of the server';
  const objtype =
    as(node, 'GrantStmt')?.objtype ??
    as(node, 'CommentStmt')?.objtype ??
    as(node, 'SecLabelStmt')?.objtype ??
    as(node, 'AlterOwnerStmt')?.objectType ??
    as(node, 'RenameStmt')?.renameType;
  if (SERVER_WIDE.includes(objtype ?? '')) return 'it changes what belongs to the server';
  const drop = as(node, 'DropStmt')?.removeType ?? '';
  if (['OBJECT_FOREIGN_SERVER', 'OBJECT_FDW', 'OBJECT_FOREIGN_TABLE'].includes(drop)) return null;
  const extension = as(node, 'CreateExtensionStmt')?.extname;
  if (extension !== undefined && REACHING.test(extension)) return `extension ${extension} reaches outside`;
  const language = languageOf(node);
  if (language !== null && !TRUSTED.includes(language)) return `language ${language} is not kept inside`;
  if (isCode(node) ? reaches(sql) : namesOfCalls(node).some(reaches)) return 'its code may reach outside';
  return null;
}

/** Statements whose text is code, or holds texts that may become code. */
const CODE = [
  ...['DoStmt', 'CallStmt', 'CreateFunctionStmt', 'CreateTableAsStmt', 'ViewStmt', 'RuleStmt', 'PrepareStmt'],
  ...['RefreshMatViewStmt', 'CreateTrigStmt', 'CreateEventTrigStmt'],
];

function isCode(node: Node): boolean {
  return kindOf(node) === 'data' || CODE.includes(nameOfKind(node));
}

function namesOfCalls(node: Node): readonly string[] {
  return within(node, 'FuncCall').flatMap(({ funcname }) => nameOf(funcname).at(-1) ?? []);
}

const SERVER_WIDE = [
  'OBJECT_DATABASE',
  'OBJECT_ROLE',
  'OBJECT_TABLESPACE',
  'OBJECT_SUBSCRIPTION',
  'OBJECT_PARAMETER_ACL',
  'OBJECT_FOREIGN_SERVER',
  'OBJECT_FDW',
];

function languageOf(node: Node): string | null {
  const options = as(node, 'CreateFunctionStmt')?.options ?? as(node, 'DoStmt')?.args ?? [];
  if (!hasOption(options, 'language')) return null;
  const option = options.flatMap((one) => as(one, 'DefElem') ?? []).find(({ defname }) => defname === 'language');
  return nameOf(option?.arg === undefined ? [] : [option.arg])[0]?.toLowerCase() ?? null;
}
