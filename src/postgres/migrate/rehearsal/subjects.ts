import { escapeIdentifier } from 'pg';
import type { Session } from '../../session.ts';
import { callsOf, transitively } from '../lint/code.ts';
import { putRecorder, RECORDER } from './recorder.ts';
import { reaches, REACHING } from './traits.ts';

/** A table of the target that may hold rows, as it is on the copy. Numbers of the server as texts. */
export interface Subject {
  /** As it is called on the target, which the files may change on the copy. */
  readonly name: string;
  readonly kind: string;
  /** Names of its columns by their numbers, which stay. */
  readonly columns: ReadonlyMap<number, string>;
}

/** The same tables on the copy, by their oid there. @throws WindlassFailure as `Session` does. */
export async function subjectsOf(copy: Session, names: readonly string[]): Promise<ReadonlyMap<string, Subject>> {
  const rows = await copy.query<{
    oid: string;
    name: string;
    kind: string;
    columns: Readonly<Record<string, string>> | null;
  }>(
    `SELECT c.oid::text AS oid, wanted.name, c.relkind AS kind,
            (SELECT jsonb_object_agg(attnum, attname) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
       FROM unnest($1::text[]) AS wanted (name) JOIN pg_class c ON c.oid = to_regclass(wanted.name)`,
    [names],
  );
  return new Map(
    rows.map(({ oid, name, kind, columns }) => [
      oid,
      {
        name,
        kind,
        columns: new Map(Object.entries(columns ?? {}).map(([number, column]) => [Number(number), column])),
      },
    ]),
  );
}

/**
 * Makes a copy ready: nothing of it acts on what is outside, and tables that hold rows on the target tell what is done.
 *
 * @returns what of it reaches outside, by name, see `reachingRoutines`.
 * @throws WindlassFailure as `Session` does.
 */
export async function prepare(copy: Session, subjects: ReadonlyMap<string, Subject>): Promise<readonly string[]> {
  const names = await reachingRoutines(copy);
  await disarm(copy, callsOf(names));
  await putRecorder(copy, subjects);
  return names;
}

/** Foreign data wrappers lose their handlers, and triggers whose code may reach outside are disabled. */
async function disarm(copy: Session, reaching: RegExp | null): Promise<void> {
  const wrappers = await copy.query<{ name: string }>(
    'SELECT fdwname AS name FROM pg_foreign_data_wrapper WHERE fdwhandler <> 0',
  );
  // Only a superuser can; whoever is none has no user mapping on the copy, and gets nowhere.
  for (const { name } of wrappers)
    await copy.script(`ALTER FOREIGN DATA WRAPPER ${escapeIdentifier(name)} NO HANDLER`).catch(() => undefined);
  const triggers = await copy.query<{ off: string; routine: string; trusted: boolean }>(`
    SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname) AS off, p.proname AS routine,
           l.lanpltrusted AS trusted
      FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
     WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND l.lanname NOT IN ('internal', 'c')`);
  for (const { off, routine, trusted } of triggers)
    if (!trusted || reaching?.test(routine) === true) await copy.script(off);
}

/**
 * Names of routines, and of relations and domains with rules, defaults and checks, whose code reaches outside, by itself or by
 * calling what does; and of routines that an extension brings which does. The server's own rules, below FirstNormalObjectId
 * (transam.h), are many and reach nowhere.
 *
 * @throws WindlassFailure as `Session` does.
 */
async function reachingRoutines(copy: Session): Promise<readonly string[]> {
  const members = await copy.query<{ name: string; extension: string }>(`
    SELECT p.proname AS name, e.extname AS extension
      FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid JOIN pg_proc p ON p.oid = d.objid
     WHERE d.deptype = 'e' AND d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass`);
  const routines = await copy.query<{ name: string; code: string; trusted: boolean }>(`
    SELECT p.proname AS name, l.lanpltrusted AS trusted,
           CASE WHEN p.prosrc = '' AND p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) ELSE p.prosrc END AS code
      FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
      JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema', '${RECORDER}')
     UNION ALL
    SELECT c.relname, true, code FROM (
        SELECT ev_class AS oid, pg_get_ruledef(oid) AS code FROM pg_rewrite WHERE ev_class >= 16384
         UNION ALL SELECT adrelid, pg_get_expr(adbin, adrelid) FROM pg_attrdef
         UNION ALL SELECT conrelid, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0
         UNION ALL SELECT polrelid, concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
      ) rules JOIN pg_class c ON c.oid = rules.oid
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     UNION ALL
    SELECT t.typname, true, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid`);
  const first = members.filter(({ extension }) => REACHING.test(extension)).map(({ name }) => name);
  return [...transitively(routines, ({ code, trusted }) => !trusted || reaches(code), first)];
}
