import type { EngineContext } from '../../domain/step-engine.ts';
import type { Session } from '../session.ts';
import type { Migration } from '../migration.ts';

/** What the ledger says of a file. */
export interface LedgerRow {
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  /** `baseline` was there before the ledger; `missing` ran, and its file is gone with somebody's consent. */
  readonly kind: 'versioned' | 'repeatable' | 'baseline' | 'missing';
  /** Why what ran only stands in for the real one; null when it is the real one. */
  readonly standIn: string | null;
  /** The user of the session that ran it. */
  readonly appliedBy: string;
  /** ISO 8601 in UTC. */
  readonly appliedAt: string;
}

/** Rows as JSON, so that columns which an older ledger does not have read as null. */
export const LEDGER_QUERY = `
  SELECT version, file, sha256, COALESCE(to_jsonb(ledger)->>'kind', 'versioned') AS kind,
         to_jsonb(ledger)->>'stand_in' AS "standIn", applied_by AS "appliedBy",
         to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "appliedAt"
    FROM windlass.ledger`;

/** One ledger for each database, whatever directory files come from: moving a directory must not run them again. */
const MAKE = `
  CREATE SCHEMA IF NOT EXISTS windlass;
  CREATE TABLE IF NOT EXISTS windlass.ledger (
    version     text PRIMARY KEY,
    description text NOT NULL,
    file        text NOT NULL,
    sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    applied_by  text NOT NULL DEFAULT session_user,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration_ms bigint NOT NULL,
    bundle      text NOT NULL,
    run         text NOT NULL,
    token       bigint
  );
  ALTER TABLE windlass.ledger ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'versioned'
    CHECK (kind IN ('versioned', 'repeatable', 'baseline', 'missing'));
  ALTER TABLE windlass.ledger ADD COLUMN IF NOT EXISTS stand_in text;
  COMMENT ON TABLE windlass.ledger IS 'Migration files that ran, each with its row in one transaction.';
  COMMENT ON COLUMN windlass.ledger.token IS 'Fencing token under which it ran.';
  COMMENT ON COLUMN windlass.ledger.stand_in IS 'Why what ran only stands in for the real file.';
  CREATE TABLE IF NOT EXISTS windlass.fence (
    lock  text PRIMARY KEY,
    token bigint NOT NULL
  );
  COMMENT ON TABLE windlass.fence IS 'Highest fencing token seen of each lock; a holder of a lower one is refused.';
  CREATE TABLE IF NOT EXISTS windlass.journal (
    version   text NOT NULL,
    statement integer NOT NULL,
    sha256    text NOT NULL,
    done      boolean NOT NULL,
    began_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (version, statement)
  );
  COMMENT ON TABLE windlass.journal IS 'Statements of a file without transaction that began or are done, until it is.';
  CREATE TABLE IF NOT EXISTS windlass.repairs (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version  text NOT NULL,
    accepted text NOT NULL,
    reason   text NOT NULL,
    was      jsonb,
    by       text NOT NULL DEFAULT session_user,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    run      text NOT NULL
  );
  COMMENT ON TABLE windlass.repairs IS 'What was accepted between files and ledger, or taken back, and why.';
  CREATE TABLE IF NOT EXISTS windlass.catalog (
    id       boolean PRIMARY KEY DEFAULT true CHECK (id),
    sha256   text NOT NULL,
    lines    jsonb NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  COMMENT ON TABLE windlass.catalog IS 'The catalog as the last migration left it.'`;

/** Rows of the ledger; null when there is none yet. @throws WindlassFailure as `Session` does. */
export async function readLedger(session: Session): Promise<readonly LedgerRow[] | null> {
  if (!(await exists(session, 'ledger'))) return null;
  return session.query<LedgerRow & Record<string, unknown>>(LEDGER_QUERY);
}

/**
 * Makes the ledger where it is missing or of an older form. To be called under the migration lock.
 *
 * @throws WindlassFailure as `Session` does: `AccessDenied` when the user may not make a schema in the database.
 */
export async function makeLedger(session: Session): Promise<void> {
  // Asked first, because IF NOT EXISTS wants the right to create even where nothing is to be created.
  if (!(await exists(session, 'catalog'))) await session.transaction('READ WRITE', () => session.script(MAKE));
}

export interface NewRow {
  readonly migration: Migration;
  readonly kind: LedgerRow['kind'];
  readonly sha256: string;
  readonly standIn: string | null;
  readonly durationMs: number;
}

/**
 * To be called in the transaction of the file itself. Only a repeatable file may take the place of its older row.
 *
 * @throws WindlassFailure as `Session` does: `SqlFailed` when there is a row of that version already.
 */
export async function writeRow(session: Session, row: NewRow, { owner, fence }: EngineContext): Promise<void> {
  const { migration, kind, sha256, standIn, durationMs } = row;
  const again =
    kind === 'repeatable'
      ? `ON CONFLICT (version) DO UPDATE SET sha256 = EXCLUDED.sha256, applied_by = EXCLUDED.applied_by,
           applied_at = EXCLUDED.applied_at, duration_ms = EXCLUDED.duration_ms, bundle = EXCLUDED.bundle,
           run = EXCLUDED.run, token = EXCLUDED.token, stand_in = EXCLUDED.stand_in`
      : '';
  await session.query(
    `INSERT INTO windlass.ledger (version, description, file, sha256, duration_ms, bundle, run, token, kind, stand_in)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ${again}`,
    [
      migration.version,
      migration.description,
      migration.name,
      sha256,
      Math.round(durationMs),
      owner.bundle,
      owner.run,
      fence?.token ?? null,
      kind,
      standIn,
    ],
  );
}

/** Whether there is a table of that name in the schema of the ledger. @throws WindlassFailure as `Session` does. */
export async function exists(session: Session, table: string): Promise<boolean> {
  const [row] = await session.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    `windlass.${table}`,
  ]);
  return row?.there === true;
}
