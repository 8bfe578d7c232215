import { escapeIdentifier } from 'pg';
import type { Session } from '../../session.ts';
import { AFFECTED } from '../lint/affected.ts';
import { HOLDERS } from '../lint/holders.ts';

/** The schema on a copy that holds what a rehearsal needs there; everybody may use it, whatever role a file takes on. */
export const RECORDER = 'windlass_rehearsal';
/** Triggers tell of every DELETE, TRUNCATE and UPDATE, also by code that nobody looks into and of no row at all. */
export const NOTE = 'windlass_note';

/** Weaker ones are had by whoever reads or writes rows. */
const WEAK = "'AccessShareLock', 'RowShareLock', 'RowExclusiveLock'";
const LOCKS = `pg_locks l JOIN ${RECORDER}.subjects s ON s.oid = l.relation
     WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted`;
const LOCKED = `SELECT s.oid, array_agg(l.mode) AS modes FROM ${LOCKS} GROUP BY s.oid`;
const stateOf = (from: string): string => `
        SELECT s.oid::text AS oid, c.relfilenode::text AS node, c.relispopulated AS populated,
               ARRAY(SELECT attnum::int FROM pg_attribute WHERE attrelid = s.oid AND attnum > 0 AND NOT attisdropped) AS columns,
               ARRAY(SELECT inhparent::text FROM pg_inherits WHERE inhrelid = s.oid) AS parents,
               ARRAY(SELECT format('%s:%s', i.indexrelid, x.relfilenode) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
                      WHERE i.indrelid = s.oid ORDER BY 1) AS indexes,
               COALESCE(pg_stat_get_xact_numscans(s.oid), 0)::text AS scans, COALESCE(locked.modes, '{}') AS modes
          FROM ${from} LEFT JOIN pg_class c ON c.oid = s.oid`;
const CODE = 'LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog';

/** Few things are asked for, by name: indexes find them, while a hash of a catalog reads all of it each time. */
const ASKS =
  'LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off';

/** Functions, because the server keeps the plans of what stands in one; most of it is asked after every statement. */
const SCHEMA = `
  CREATE SCHEMA ${RECORDER};
  CREATE TABLE ${RECORDER}.notes (id serial, oid oid, op text, stack text);
  CREATE TABLE ${RECORDER}.subjects (oid oid PRIMARY KEY);
  CREATE FUNCTION ${RECORDER}.note() RETURNS trigger ${CODE} AS $note$
    DECLARE stack text;
    BEGIN
      GET DIAGNOSTICS stack = PG_CONTEXT;
      INSERT INTO ${RECORDER}.notes (oid, op, stack) VALUES (TG_RELID, TG_OP, stack);
      RETURN NULL;
    END $note$;
  CREATE FUNCTION ${RECORDER}.look("all" boolean, simple boolean) RETURNS jsonb ${CODE} AS $look$
    DECLARE taken jsonb; seen jsonb;
    BEGIN
      IF EXISTS (SELECT FROM ${RECORDER}.notes) THEN
        IF simple AND EXISTS (SELECT FROM ${RECORDER}.notes WHERE op = 'DELETE') THEN RAISE EXCEPTION 'rows go'; END IF;
        WITH gone AS (DELETE FROM ${RECORDER}.notes RETURNING id, oid::text AS oid, op, stack)
        SELECT jsonb_agg(to_jsonb(gone) ORDER BY id) INTO taken FROM gone;
      END IF;
      IF "all" THEN
        SELECT jsonb_agg(to_jsonb(state)) INTO seen FROM (
          ${stateOf(`${RECORDER}.subjects s LEFT JOIN (${LOCKED}) locked ON locked.oid = s.oid`)}) state;
      ELSE
        SELECT jsonb_agg(to_jsonb(state)) INTO seen FROM (${stateOf(`(${LOCKED}) s CROSS JOIN LATERAL (SELECT s.modes) locked`)}) state;
      END IF;
      RETURN jsonb_build_object('notes', COALESCE(taken, '[]'), 'states', COALESCE(seen, '[]'));
    END $look$;
  CREATE FUNCTION ${RECORDER}.scans() RETURNS jsonb ${CODE} AS $scans$
    BEGIN
      RETURN (SELECT COALESCE(jsonb_object_agg(oid::text, n::text), '{}')
                FROM (SELECT oid, pg_stat_get_xact_numscans(oid) AS n FROM ${RECORDER}.subjects) counted WHERE n > 0);
    END $scans$;
  CREATE FUNCTION ${RECORDER}.untouched() RETURNS void ${CODE} AS $untouched$
    BEGIN
      IF EXISTS (SELECT FROM ${RECORDER}.notes) OR EXISTS (SELECT FROM ${LOCKS} AND l.mode NOT IN (${WEAK})) THEN
        RAISE EXCEPTION 'a table that holds rows is touched';
      END IF;
    END $untouched$;
  CREATE FUNCTION ${RECORDER}.affected(jsonb) RETURNS SETOF jsonb ${ASKS} AS $affected$
    BEGIN RETURN QUERY SELECT to_jsonb(one) FROM (${AFFECTED}) one; END $affected$;
  CREATE FUNCTION ${RECORDER}.holders(jsonb) RETURNS SETOF jsonb ${ASKS} AS $holders$
    BEGIN RETURN QUERY SELECT to_jsonb(one) FROM (${HOLDERS}) one; END $holders$;
  GRANT USAGE ON SCHEMA ${RECORDER} TO PUBLIC;
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${RECORDER} TO PUBLIC`;

/**
 * Puts it onto a copy, and has the tables that hold rows on the target tell what is done to them.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function putRecorder(
  copy: Session,
  subjects: ReadonlyMap<string, { readonly name: string; readonly kind: string }>,
): Promise<void> {
  const oids = [...subjects.keys()].map((oid) => `(${oid})`);
  const triggers = [...subjects.values()]
    .filter(({ kind }) => kind !== 'm')
    .map(
      ({ name }) =>
        `CREATE TRIGGER ${NOTE} BEFORE DELETE OR UPDATE OR TRUNCATE ON ${name} FOR EACH STATEMENT EXECUTE FUNCTION ${RECORDER}.note();` +
        `ALTER TABLE ${name} ENABLE ALWAYS TRIGGER ${NOTE};`,
    );
  const holding = oids.length === 0 ? [] : [`INSERT INTO ${RECORDER}.subjects VALUES ${oids.join(', ')};`];
  await copy.script([`${SCHEMA};`, ...holding, ...triggers].join('\n'));
}

/** For files that disable all triggers, ours among them. */
export const NOTE_AGAIN = `DO $again$ DECLARE command text; BEGIN
  FOR command IN SELECT format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ${NOTE}', tgrelid::regclass) FROM pg_trigger
                  WHERE tgname = '${NOTE}' AND tgenabled <> 'A' LOOP EXECUTE command; END LOOP; END $again$`;

/** Whether a statement takes our triggers away. */
export function silencesNotes(sql: string): boolean {
  return /\bdisable\s+trigger\b/i.test(sql);
}

/** The role that a file runs as, for a session or for a transaction. */
export function taking(role: string | undefined, scope: 'LOCAL ' | ''): readonly string[] {
  return role === undefined ? [] : [`SET ${scope}ROLE ${escapeIdentifier(role)}`];
}
