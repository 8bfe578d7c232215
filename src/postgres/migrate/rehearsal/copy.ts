import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { WindlassFailure } from '../../../domain/failure.ts';
import type { PostgresConnection } from '../../connection.ts';
import { sqlstateOf } from '../../errors.ts';
import { libpqEnvironment } from '../../dump/libpq.ts';
import { startProgram } from '../../dump/program.ts';
import { copySettings } from '../../dump/copy-settings.ts';
import { dropDatabase, makeDatabaseLike } from '../../dump/scratch.ts';
import type { DumpSettings } from '../../dump/settings.ts';
import { toolsFor, type DumpTools } from '../../dump/tools.ts';
import { programWords } from '../../dump/words.ts';
import { withSession, type Session } from '../../session.ts';
import { actingAs } from '../acting-role.ts';

/** Why there is no copy of a catalog, in words for a plan. */
export class NoCopy extends Error {
  override readonly name = 'NoCopy';
}

/** What a copy is made of. */
export interface Original {
  readonly connection: PostgresConnection;
  readonly database: string;
  readonly application: string;
  readonly settings: DumpSettings;
  /** All words of the files in lower case: an index that none of them names is not needed. Null when nobody knows them. */
  readonly words: ReadonlySet<string> | null;
  /** The role that reads the original and makes the copy's objects, where the user inherits none of its rights; else null. */
  readonly role: string | null;
  readonly signal: AbortSignal;
}

const PREFIX = 'windlass_rehearsal_';
const MARK = 'Made by a rehearsal of Windlass, which drops it again: ';
/** What an earlier rehearsal left behind when it was killed is dropped after this time, in milliseconds. */
const LEFT_MS = 15 * 60_000;
const DROP_MS = 10_000;
/** How long pg_dump may wait for a table that somebody is changing, in milliseconds. */
const LOCK_WAIT_MS = 2_000;

/**
 * Makes an empty database with the catalog of another on the same server, lets `work` use it, and drops it, whatever
 * happens. Rows are not copied. Event triggers are disabled, and user mappings of foreign servers, without which nobody gets
 * there, are dropped, before `work` begins.
 *
 * @param target a session of the original.
 * @throws NoCopy where it cannot be had.
 */
export async function onCopy<T>(original: Original, target: Session, work: (copy: string) => Promise<T>): Promise<T> {
  const { connection, database, application, settings, role, signal } = original;
  const [who] = await target.query<{ may: boolean; superuser: boolean; major: number; name: string }>(
    `SELECT rolsuper OR rolcreatedb AS may, rolsuper AS superuser, rolname AS name,
            current_setting('server_version_num')::int / 10000 AS major
       FROM pg_roles WHERE rolname = session_user`,
  );
  if (who?.may !== true) throw new NoCopy(`user ${who?.name ?? ''} may not create a database (CREATEDB)`);
  const tools = await toolsOf(who.major, settings);
  const name = `${PREFIX}${randomBytes(8).toString('hex')}`;
  const env = libpqEnvironment(connection, database, { application, tools, settings });
  const dumping = dumped(tools, { env, role, signal });
  // Whichever fails first is told; the other must not go unheard.
  dumping.catch(() => undefined);
  try {
    await withSession(connection, { application, signal }, (session) =>
      makeDatabaseLike(session, name, database, `${MARK}${new Date().toISOString()} of ${database}`),
    );
    await restore(original, name, await dumping, who.name);
    await withSession(connection, { application, signal }, (session) => likeOriginal(session, database, name));
    return await work(name);
  } finally {
    await dumping.catch(() => undefined);
    await dropped(connection, application, name);
  }
}

/** What the copy is called in a text is another name each time; the original is meant. */
export function asOriginal(text: string, database: string): string {
  return text.replace(/windlass_rehearsal_[0-9a-f]{16}/g, () => database);
}

async function likeOriginal(session: Session, database: string, copy: string): Promise<void> {
  const [refused] = await copySettings(session, database, copy);
  if (refused !== undefined)
    throw new NoCopy(`the settings of database ${database} cannot be given to a copy: ${refused.why}`);
  const name = escapeIdentifier(copy);
  // Nobody needs it on a disk, and compiling takes longer than anything that is asked of no rows.
  await session.script(`ALTER DATABASE ${name} SET synchronous_commit TO off; ALTER DATABASE ${name} SET jit TO off`);
}

/** Whatever became of the rest. What cannot be dropped now, a later rehearsal drops. */
async function dropped(connection: PostgresConnection, application: string, name: string): Promise<void> {
  const signal = AbortSignal.timeout(DROP_MS);
  await withSession(connection, { application, signal }, async (session) => {
    await dropDatabase(session, name);
    await sweep(session);
  }).catch(() => undefined);
}

const known = new Map<string, DumpTools>();

async function toolsOf(major: number, settings: DumpSettings): Promise<DumpTools> {
  const key = JSON.stringify([major, settings]);
  try {
    const tools = known.get(key) ?? (await toolsFor(major, settings));
    known.set(key, tools);
    return tools;
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'ToolMissing') throw new NoCopy(error.message);
    throw error;
  }
}

async function dumped(
  tools: DumpTools,
  { env, role, signal }: Pick<Original, 'role' | 'signal'> & { readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  const args = [
    ...(role === null ? [] : [`--role=${role}`]),
    ...['--schema-only', '--no-password', `--lock-wait-timeout=${String(LOCK_WAIT_MS)}`, '--exclude-schema=windlass'],
    ...['--no-comments', '--no-security-labels', '--no-publications', '--no-subscriptions', '--no-tablespaces'],
  ];
  const program = startProgram(join(tools.directory, 'pg_dump'), args, env, signal);
  program.stdin.end();
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of program.stdout) chunks.push(chunk as Buffer);
    const { code, lines } = await program.ended;
    signal.throwIfAborted();
    if (code !== 0) throw new NoCopy(`pg_dump: ${programWords(lines)}`);
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    program.stop();
    await program.ended;
  }
}

/** What pg_dump writes for psql alone. */
const NEVER = /^\\(?:un)?restrict .*$/gm;
/** Owners and rights, which not everybody may give. Each stands on lines of its own. */
const OWNERS = /^(?:ALTER [A-Z ]+ [^\n]* OWNER TO [^\n]*;|(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) [^\n]*;)$/gm;

const INDEX = /^CREATE INDEX (?:"((?:[^"]|"")+)"|([\w$]+)) ON .*;$/gm;
/** What needs an index by name: those of partitions, and the order of a table. */
const NEEDS_INDEX = /^ALTER (?:INDEX|TABLE [^;]* CLUSTER ON) .*;$/gm;

/** Half of a catalog are indexes that change nothing of what is looked for, and take as long to make as tables. */
function withoutIndexes(dump: string, words: ReadonlySet<string>): string {
  const needed = (dump.match(NEEDS_INDEX) ?? []).join('\n');
  return dump.replace(INDEX, (line: string, quoted: string | undefined, bare: string | undefined) => {
    const name = quoted?.replaceAll('""', '"') ?? bare ?? '';
    return wordsOf(name).some((word) => words.has(word)) || needed.includes(name) ? line : '';
  });
}

/** Whatever may be a name, or a part of one. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? [];
}

/**
 * Event triggers, which pg_dump makes last, are disabled before anybody else connects: one may wait for a login. User mappings
 * open the way to other servers.
 */
const DISARM = `DO $disarm$ DECLARE command text; BEGIN
  FOR command IN
    SELECT format('ALTER EVENT TRIGGER %I DISABLE', evtname) FROM pg_catalog.pg_event_trigger
     UNION ALL
    SELECT format('DROP USER MAPPING FOR %s SERVER %I', CASE umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(usename) END, srvname)
      FROM pg_catalog.pg_user_mappings
  LOOP EXECUTE command; END LOOP; END $disarm$`;

async function restore(
  { connection, application, words, role, signal }: Original,
  copy: string,
  dump: string,
  user: string,
): Promise<void> {
  const clean = dump.replace(NEVER, '');
  const text = words === null ? clean : withoutIndexes(clean, words);
  const maker = role ?? user;
  const ours = ` OWNER TO ${/^[a-z_][a-z0-9_]*$/.test(maker) ? maker : `"${maker.replaceAll('"', '""')}"`};`;
  // Everything is its maker's own anyway, unless somebody else's.
  const first = text.replace(OWNERS, (line) => (line.endsWith(ours) ? '' : line));
  await withSession(connection, { database: copy, application, signal }, async (session) => {
    if (role !== null) await session.script(letIn(role, copy));
    const run = (sql: string): Promise<void> => session.script([...actingAs(role), sql, DISARM].join(';\n'));
    try {
      await run(first);
    } catch (error) {
      if (sqlstateOf(error) === null) throw error;
      try {
        await run(text.replace(OWNERS, ''));
      } catch (again) {
        throw new NoCopy(again instanceof WindlassFailure ? again.message : 'its catalog cannot be made anew');
      }
    }
  });
}

/** Lets a role make what it likes in a database of the user, who may give no rights to it but as the owner of each thing. */
function letIn(role: string, copy: string): string {
  const name = escapeIdentifier(role);
  return `GRANT ALL ON DATABASE ${escapeIdentifier(copy)} TO ${name};
    DO $let$ BEGIN
      IF current_setting('server_version_num')::int >= 140000 THEN SET LOCAL ROLE pg_database_owner; END IF;
      GRANT ALL ON SCHEMA public TO ${name};
    END $let$; RESET ROLE`;
}

async function sweep(session: Session): Promise<void> {
  const left = await session.query<{ name: string; comment: string | null }>(
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment FROM pg_database
      WHERE starts_with(datname, $1) AND pg_get_userbyid(datdba) = current_user`,
    [PREFIX],
  );
  for (const { name, comment } of left) {
    const made =
      comment?.startsWith(MARK) === true ? Date.parse(comment.slice(MARK.length).split(' ')[0] ?? '') : Number.NaN;
    if (Date.now() - made > LEFT_MS) await dropDatabase(session, name);
  }
}
