import type { Change } from '../../domain/change.ts';
import type { PostgresMigrateSpec } from '../../domain/kinds/postgres-migrate.ts';
import type { Session } from '../session.ts';
import type { Script } from './examine.ts';
import type { Impact } from './impacts.ts';
import { mayHoldRows } from './may-hold-rows.ts';
import type { Migration } from '../migration.ts';
import type { Entry } from './reconcile.ts';
import type { Rehearsal } from './rehearsal/result.ts';
import { beyondTables } from './unseen.ts';

/** What was read of everything that is to run. */
export type Scripts = ReadonlyMap<Migration, Script>;

/**
 * What each entry comes to, against the database as it is now: the migration itself first, then one destructive change for
 * each thing that would be lost.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function changesOf(
  session: Session,
  entries: readonly Entry[],
  scripts: Scripts,
  spec: PostgresMigrateSpec,
  rehearsal: Rehearsal | null,
): Promise<ReadonlyMap<Entry, readonly Change[]>> {
  const impacts = await impactsOn(session, [...scripts.values()], spec, rehearsal);
  return new Map(entries.map((entry) => [entry, changesOfEntry(entry, scripts, impacts, spec)]));
}

/** Where there are no rows, none can be lost, and nobody waits for long. What finds out more is loaded where there are. */
async function impactsOn(
  session: Session,
  scripts: readonly Script[],
  spec: PostgresMigrateSpec,
  rehearsal: Rehearsal | null,
): Promise<ReadonlyMap<Script, Impact>> {
  const tables = scripts.length === 0 ? [] : await mayHoldRows(session);
  if (tables.length === 0) return new Map();
  const { impactsOf } = await import('./impacts.ts');
  return impactsOf(session, scripts, spec, { rehearsal, tables });
}

function changesOfEntry(
  entry: Entry,
  scripts: Scripts,
  impacts: ReadonlyMap<Script, Impact>,
  spec: PostgresMigrateSpec,
): readonly Change[] {
  const what = entry.migration === null ? '' : named(entry.migration, spec);
  switch (entry.is) {
    case 'applied':
      return [{ action: 'unchanged', what, destructive: false, detail: ranLines(entry), ...standInMark(entry.row) }];
    case 'left-out':
      return [{ action: 'unchanged', what, destructive: false, detail: [`later than version ${spec.to ?? ''}`] }];
    case 'baseline':
      return [{ action: 'create', what: `baseline of ${what}`, destructive: false, detail: baselineLines(spec) }];
    case 'repair': {
      const { row, repair } = entry;
      const detail = [`accepted as ${repair.accept}: ${repair.reason}`];
      return [
        {
          action: 'update',
          what: `ledger row of ${row.file} of database ${spec.database}`,
          destructive: false,
          detail,
        },
      ];
    }
    case 'pending':
      return toRun(
        entry.row === null ? 'create' : 'update',
        what,
        scripts.get(entry.migration),
        { impacts, database: spec.database },
        wayBack(entry, scripts.get(entry.migration), spec),
      );
    case 'undo': {
      const [change, ...lost] = toRun('delete', what, scripts.get(entry.by), { impacts, database: spec.database });
      if (change === undefined) return lost;
      const detail = [`taken back by ${entry.by.name}`, ...(change.detail ?? [])];
      return [{ ...change, destructive: true, detail }, ...lost];
    }
  }
}

function toRun(
  action: 'create' | 'update' | 'delete',
  what: string,
  script: Script | undefined,
  { impacts, database }: { readonly impacts: ReadonlyMap<Script, Impact>; readonly database: string },
  more: readonly string[] = [],
): readonly Change[] {
  if (script === undefined) return [];
  const { losses = [], warnings = [] } = impacts.get(script) ?? {};
  const detail = [...scriptLines(script), ...more, ...warnings];
  return [
    { action, what, destructive: false, detail, ...standInMark(script) },
    ...losses,
    ...beyondTables(script, database),
  ];
}

/** How a file is taken back once it ran. Repeatable ones are: by running what they said before. */
function wayBack(
  { migration, down }: Extract<Entry, { is: 'pending' }>,
  script: Script | undefined,
  { database }: PostgresMigrateSpec,
): readonly string[] {
  if (migration.kind === 'repeatable') return [];
  if (down !== null) return [`way back: ${down.name}`];
  if (script?.takesBack === true) return [`way back: its own section that takes it back`];
  const missing = migration.wayBack === null ? '' : `there is no ${migration.wayBack}; `;
  return [`no way back: ${missing}it takes a backup of database ${database} from before this runs`];
}

/** What is known of a file whose database does not exist yet. */
export function unknownChange(migration: Migration, script: Script | undefined, spec: PostgresMigrateSpec): Change {
  const { database } = spec;
  return {
    action: 'unknown',
    what: named(migration, spec),
    destructive: false,
    missing: [{ is: 'database', database }],
    ...(script === undefined ? {} : standInMark(script)),
    detail: [`database ${database} does not exist yet`, ...(script === undefined ? [] : standInLines(script.standIn))],
  };
}

function scriptLines({ statements, standIn, directives, bytes, parts }: Script): readonly string[] {
  const mebibytes = Math.round(bytes / 2 ** 20);
  return [
    `${statements} ${statements === 1 ? 'statement' : 'statements'}`,
    ...(parts === null ? [`data file of ${mebibytes} MB, streamed`] : []),
    ...(directives.noTransaction ? ['without transaction, journalled statement by statement'] : []),
    ...standInLines(standIn),
  ];
}

function standInLines(why: string | null): readonly string[] {
  return why === null ? [] : [`stand-in: ${why}`];
}

/** In the one line that tables and the Web UI show. */
function standInMark({ standIn }: Pick<Script, 'standIn'>): Pick<Change, 'standIn'> {
  return standIn === null ? {} : { standIn: true };
}

function ranLines({ row }: Extract<Entry, { is: 'applied' }>): readonly string[] {
  const how = row.kind === 'baseline' ? 'was there before' : 'ran';
  return [`${how} on ${row.appliedAt} as ${row.appliedBy}`, ...standInLines(row.standIn)];
}

function baselineLines({ baseline }: PostgresMigrateSpec): readonly string[] {
  return [`counts as applied, since the database has tables: ${baseline?.reason ?? ''}`];
}

function named(migration: Migration, { database }: PostgresMigrateSpec): string {
  return `migration ${migration.name} of database ${database}`;
}
