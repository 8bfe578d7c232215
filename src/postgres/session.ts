import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Client, Query, type QueryResultRow } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { EngineContext } from '../domain/step-engine.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { WINDLASS } from './advisory-key.ts';
import { clientConfig, serverName, type PostgresConnection } from './connection.ts';
import { sqlFailure, type Place } from './errors.ts';
import { assertVersion } from './server-version.ts';

/** How long a connection may take to be made, in milliseconds. */
const CONNECT_MS = 10_000;
/** How long a cancelled statement may take to end before the connection is cut, in milliseconds. */
const CANCEL_MS = 5_000;
/** How long an idle connection is silent before TCP asks whether the other side is still there, in milliseconds. */
const KEEPALIVE_MS = 10_000;

export interface SessionOptions {
  /** Absent means the database of the URL. */
  readonly database?: string;
  /** As shown in pg_stat_activity. */
  readonly application: string;
  /** When it aborts, the running statement is cancelled on the server and everything rejects with `signal.reason`. */
  readonly signal: AbortSignal;
  readonly lockTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  /** What the session begins with beside what the URL says, as in `PGOPTIONS`: set before the login is over. */
  readonly options?: string;
}

/**
 * One dedicated connection. Every method throws `signal.reason` once the signal has aborted, and else a
 * `WindlassFailure`: `TargetUnreachable` when the connection is lost, or what the SQLSTATE means (`AccessDenied`,
 * `TargetBusy`, `Interrupted`, `ServerError`, and `SqlFailed` for the rest).
 */
export interface Session {
  /** `host:port`. */
  readonly server: string;
  /** Process of the server that serves it. */
  readonly backend: number;
  /** Milliseconds since the server was asked what it has not answered yet; null while nothing is asked. */
  waitingMs(): number | null;
  /** Ends the connection at once; what waits for an answer fails as unreachable. */
  cut(): void;
  /** Rows of one statement; `values` travel apart from it. */
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The first column of the first row of one statement as the server writes it; undefined when there is no row. */
  scalar(text: string): Promise<string | null | undefined>;
  /** Runs any number of statements in one message; their rows are not kept. */
  script(text: string, options?: ScriptOptions): Promise<void>;
  /** Runs COPY ... FROM stdin with these bytes as its rows; they are asked for as fast as the server takes them. */
  copy(text: string, rows: AsyncIterable<Buffer>, locate?: Locate): Promise<void>;
  /** Undoes what SQL of others may have set on the session; advisory locks are kept. */
  reset(): Promise<void>;
  /** Gives back advisory locks that SQL of others took for the session; those of Windlass are kept. */
  releaseLocks(): Promise<void>;
  /** Everything in `work` or nothing. */
  transaction<T>(mode: TransactionMode, work: () => Promise<T>, options?: TransactionOptions): Promise<T>;
}

/**
 * `SNAPSHOT` reads, and sees one and the same moment from beginning to end. `AS SET` writes, with the isolation level that
 * the session has set.
 */
type TransactionMode = 'READ WRITE' | 'READ ONLY' | 'SNAPSHOT' | 'AS SET';

const MODES: Readonly<Record<TransactionMode, string>> = {
  'READ WRITE': 'ISOLATION LEVEL READ COMMITTED READ WRITE',
  'READ ONLY': 'ISOLATION LEVEL READ COMMITTED READ ONLY',
  SNAPSHOT: 'ISOLATION LEVEL REPEATABLE READ READ ONLY',
  'AS SET': 'READ WRITE',
};

/** Where an error happened, if the caller knows better than the session. */
type Locate = NonNullable<Place['locate']>;

interface TransactionOptions {
  /** Where an error of the COMMIT belongs. */
  readonly locate?: Locate;
  /** Whether the session is reset in the same message as the COMMIT. */
  readonly thenReset?: boolean;
}

interface ScriptOptions {
  readonly locate?: Locate;
  /** Called after each statement that the server has done. */
  readonly statementDone?: () => void;
  /** Called with each row of all statements, as it comes. */
  readonly row?: (row: Readonly<Record<string, unknown>>) => void;
}

/**
 * Opens a session, lets `work` use it and closes it, whatever happens; an open transaction is rolled back by that.
 *
 * @throws WindlassFailure `TargetUnreachable`, `AccessDenied`, `SqlFailed` without that database, `ExpectationFailed`
 *   for a server that is too old; `signal.reason` once it aborts; what `work` throws.
 */
export async function withSession<T>(
  connection: PostgresConnection,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const open = new OpenSession(connection, options);
  try {
    await open.connect();
    return await work(open);
  } finally {
    await open.close();
  }
}

/** The name under which a step appears in pg_stat_activity. */
export function applicationName({ owner }: Pick<EngineContext, 'owner'>): string {
  return `windlass/${owner.rollout}/${owner.phase}/${owner.step}`;
}

class OpenSession implements Session {
  readonly server: string;
  readonly #connection: PostgresConnection;
  readonly #options: SessionOptions;
  readonly #client: Client;
  readonly #place: Place;
  backend = 0;
  #busySince: number | null = null;
  #cancelling: Promise<void> | undefined;
  #cut: NodeJS.Timeout | undefined;

  constructor(connection: PostgresConnection, options: SessionOptions) {
    const { database, application, lockTimeoutMs, statementTimeoutMs } = options;
    const config = clientConfig(connection, database);
    const begins = [config.options, options.options].filter((text) => text !== undefined && text !== '').join(' ');
    this.#connection = connection;
    this.#options = options;
    this.server = serverName(connection);
    this.#place = { server: this.server, object: database === undefined ? 'server' : `database ${database}` };
    // Time limits go with the start of the session, so that RESET ALL in a migration file comes back to them.
    this.#client = new Client({
      ...config,
      ...(begins === '' ? {} : { options: begins }),
      application_name: application,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_MS,
      ...(lockTimeoutMs === undefined ? {} : { lock_timeout: lockTimeoutMs }),
      ...(statementTimeoutMs === undefined ? {} : { statement_timeout: statementTimeoutMs }),
    });
    // A connection that is lost while idle: the next query says so.
    this.#client.on('error', () => undefined);
  }

  async connect(): Promise<void> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const cut = (): void => void this.#client.connection.stream.destroy();
    signal.addEventListener('abort', cut, { once: true });
    try {
      await this.#client.connect();
    } catch (error) {
      this.#fail(error);
    } finally {
      signal.removeEventListener('abort', cut);
    }
    signal.addEventListener('abort', this.#abort, { once: true });
    const [row] = await this.query<{ pid: number; version: number }>(LIVENESS);
    assertVersion(row?.version ?? 0, this.server);
    this.backend = row?.pid ?? 0;
  }

  waitingMs(): number | null {
    return this.#busySince === null ? null : performance.now() - this.#busySince;
  }

  cut(): void {
    this.#client.connection.stream.destroy();
  }

  async query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    const config = { text, ...(values === undefined ? {} : { values: [...values] }) };
    const result = await this.#run(text, () => this.#client.query<Row>(config));
    return result.rows;
  }

  async scalar(text: string): Promise<string | null | undefined> {
    // A name makes it a prepared statement, and the server refuses to prepare more than one. One name is one text in a session.
    const asText = { getTypeParser: () => (value: unknown) => value } as never;
    const config = {
      text,
      name: `scalar-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`,
      rowMode: 'array' as const,
      types: asText,
    };
    const result = await this.#run(text, () => this.#client.query<(string | null)[]>(config));
    return result.rows[0]?.[0];
  }

  async script(text: string, options: ScriptOptions = {}): Promise<void> {
    const { connection } = this.#client;
    const done = (): void => options.statementDone?.();
    connection.on('commandComplete', done);
    try {
      await this.#run(text, () => this.#send(text, options.row), options.locate);
    } finally {
      connection.off('commandComplete', done);
    }
  }

  async copy(text: string, rows: AsyncIterable<Buffer>, locate?: Locate): Promise<void> {
    await this.#run(text, () => pipeline(rows, this.#client.query(copyFrom(text))), locate);
  }

  async reset(): Promise<void> {
    await this.script(RESET);
  }

  async releaseLocks(): Promise<void> {
    await this.script(RELEASE);
  }

  async transaction<T>(mode: TransactionMode, work: () => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    await this.script(`BEGIN ${MODES[mode]}`);
    let result: T;
    try {
      result = await work();
    } catch (error) {
      // An aborted or lost session is closed, which rolls back too; the error that led here is the one to tell.
      await this.script('ROLLBACK').catch(() => undefined);
      throw error;
    }
    await this.#commit(options);
    return result;
  }

  async close(): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#abort);
    await this.#cancelling;
    this.#cutSoon();
    await this.#client.end().catch(() => undefined);
    clearTimeout(this.#cut);
  }

  #cutSoon(): void {
    clearTimeout(this.#cut);
    this.#cut = setTimeout(() => this.#client.connection.stream.destroy(), CANCEL_MS);
  }

  /** COMMIT of a transaction that an error has ended answers ROLLBACK, without an error: that must not pass for done. */
  async #commit({ locate, thenReset = false }: TransactionOptions): Promise<void> {
    const commands: string[] = [];
    const { connection } = this.#client;
    const told = ({ text }: { readonly text: string }): void => void commands.push(text);
    connection.on('commandComplete', told);
    try {
      await this.#run('COMMIT', () => this.#send(thenReset ? `COMMIT; ${RESET}` : 'COMMIT'), locate);
    } finally {
      connection.off('commandComplete', told);
    }
    if (commands[0] === 'COMMIT') return;
    throw new WindlassFailure('SqlFailed', `PostgreSQL at ${this.server} rolled the transaction back.`, {
      object: this.#place.object,
      next: 'Look for a statement that hides an error, and retry: nothing was changed.',
    });
  }

  #send(text: string, row: ScriptOptions['row'] = () => undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const query = new Query(text);
      // Without a listener for rows they would all be kept until the end.
      query.on('row', row);
      query.on('error', reject);
      query.on('end', () => {
        resolve();
      });
      this.#client.query(query);
    });
  }

  async #run<T>(statement: string, ask: () => Promise<T>, locate?: Locate): Promise<T> {
    this.#options.signal.throwIfAborted();
    this.#busySince = performance.now();
    try {
      return await ask();
    } catch (error) {
      this.#fail(error, statement, locate);
    } finally {
      this.#busySince = null;
    }
  }

  /** Once the signal has aborted, that is the reason, whatever the server or the socket said. */
  #fail(error: unknown, statement?: string, locate?: Locate): never {
    this.#options.signal.throwIfAborted();
    throw sqlFailure(error, {
      ...this.#place,
      ...(statement === undefined ? {} : { statement }),
      ...(locate === undefined ? {} : { locate }),
    });
  }

  readonly #abort = (): void => {
    if (this.#busySince !== null) this.#cancelling = this.#cancel();
  };

  /** Cancels the running statement from a second connection; cuts this one when that does not help. */
  async #cancel(): Promise<void> {
    this.#cutSoon();
    const { database } = this.#options;
    const second = new Client({
      ...clientConfig(this.#connection, database),
      application_name: `${this.#options.application} (cancel)`,
      connectionTimeoutMillis: CANCEL_MS,
    });
    second.on('error', () => undefined);
    try {
      await second.connect();
      await second.query('SELECT pg_cancel_backend($1)', [this.backend]);
    } catch {
      this.#client.connection.stream.destroy();
    } finally {
      await second.end().catch(() => undefined);
    }
  }
}

/** Lets the server notice within seconds that a worker was killed, where it can (14 and later), and drop its locks. */
const LIVENESS = `
  SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version,
         CASE WHEN current_setting('server_version_num')::int >= 140000
                                       THEN set_config('client_connection_check_interval', '2s', false) END`;

/** Undoes what SQL of others may have set on the session. */
export const RESET =
  'RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; CLOSE ALL; DEALLOCATE ALL; UNLISTEN *; DISCARD TEMP; ' +
  LIVENESS.trim();

/** A lock that was taken twice is given back twice. A key of 64 bits has 1 as its third part, one of two numbers 2. */
const RELEASE = `
  DO $$
  DECLARE held record; key bigint; more boolean := true;
  BEGIN
    FOR held IN SELECT classid::bigint AS a, objid::bigint AS b, objsubid AS form, mode = 'ExclusiveLock' AS alone
                  FROM pg_catalog.pg_locks
                 WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid() AND classid <> ${WINDLASS} LOOP
      LOOP
        IF held.form = 1 THEN
          key := (held.a << 32) | held.b;
          more := CASE WHEN held.alone THEN pg_catalog.pg_advisory_unlock(key)
                       ELSE pg_catalog.pg_advisory_unlock_shared(key) END;
        ELSE
          more := CASE WHEN held.alone
                       THEN pg_catalog.pg_advisory_unlock((held.a::bit(32))::int, (held.b::bit(32))::int)
                       ELSE pg_catalog.pg_advisory_unlock_shared((held.a::bit(32))::int, (held.b::bit(32))::int) END;
        END IF;
        EXIT WHEN NOT more;
      END LOOP;
    END LOOP;
  END $$`;
