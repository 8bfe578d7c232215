import { escapeIdentifier } from 'pg';
import type { Change } from '../../domain/change.ts';
import type { Session } from '../session.ts';
import type { Position } from '../sql/position.ts';
import { actingAs, actingRole } from './acting-role.ts';
import type { Script } from './examine.ts';
import type { Rehearsal, Rehearsed } from './rehearsal/result.ts';
import { affectedBy, type Wanted } from './lint/affected.ts';
import { destroyingRoutines } from './lint/code.ts';
import { firedBy, type Asked } from './lint/fires.ts';
import { warningLine } from './lint/codes.ts';
import { holdersOf, type Felt } from './lint/holders.ts';
import type { Lost } from './lint/lost.ts';
import { columnBefore, namesBefore, type Renaming } from './lint/names.ts';
import { RowCounts } from './lint/rows.ts';
import { lossesOf, type Losses, type Placed } from './taken.ts';
import { tableWrites, unseenBy } from './unseen.ts';
import { isHarmless } from './lint/unless.ts';

/** What a script means for the data that is there now. */
export interface Impact {
  /** One destructive change for everything that holds rows and would lose them. */
  readonly losses: readonly Change[];
  /** What it does to those who use tables with rows, each in one line that begins with `file:line:column`. */
  readonly warnings: readonly string[];
}

/**
 * What scripts take away and whom they keep waiting, in the live database as the role would see it. What a rehearsal saw is
 * believed; where there was none, or it lost its way, the text of the files is looked at, and rather too much is said. What
 * does not exist or holds no rows loses nothing and makes nobody wait.
 *
 * @param how.tables those of the database that may hold rows.
 * @throws WindlassFailure as `Session` does.
 */
export async function impactsOf(
  session: Session,
  scripts: readonly Script[],
  { database, role }: { readonly database: string; readonly role?: string | undefined },
  { rehearsal, tables }: { readonly rehearsal: Rehearsal | null; readonly tables: readonly string[] },
): Promise<ReadonlyMap<Script, Impact>> {
  // Questions about dependencies look far larger than they are, and compiling one takes seconds.
  await session.script('SET jit = off');
  try {
    return await askedFor(session, scripts, { database, role, rehearsal, tables });
  } finally {
    await session.script('RESET jit').catch(() => undefined);
  }
}

async function askedFor(
  session: Session,
  scripts: readonly Script[],
  {
    database,
    role,
    rehearsal,
    tables,
  }: {
    readonly database: string;
    readonly role: string | undefined;
    readonly rehearsal: Rehearsal | null;
    readonly tables: readonly string[];
  },
): Promise<ReadonlyMap<Script, Impact>> {
  const asked = scripts.map((script, index) => questionsOf(script, scripts.slice(0, index)));
  const destroying = scripts.some(({ runs, writes }) => runs.length > 0 || writes.length > 0)
    ? await destroyingRoutines(
        session,
        scripts.flatMap(({ made }) => made.routines),
      )
    : new Map<string, string>();
  const { lost, holders, fired } = await asRole(session, role, async () => ({
    lost: await affectedBy(
      session,
      asked.flatMap(({ wanted }) => wanted),
    ),
    holders: await holdersOf(
      session,
      asked.flatMap(({ felt }) => felt),
    ),
    fired: await firedBy(
      session,
      asked.flatMap(({ writes }) => writes),
      destroying,
    ),
  }));
  const [takes, keepers, firing] = [lost.values(), holders.values(), fired.values()];
  const views = scripts.flatMap(({ made }) => made.views);
  const types = scripts.flatMap(({ made }) => made.types);
  const rows = new RowCounts(session);
  const deleted = new Map<string, number>();
  const [first] = scripts;
  const impacts = new Map<Script, Impact>();
  const viewer = actingAs(await actingRole(session, role));
  await session.script(['SET row_security = off', ...viewer].join('; '));
  try {
    for (const [index, script] of scripts.entries()) {
      const one = asked[index];
      const static_ = (one?.wanted ?? []).flatMap(({ loss }) =>
        (takes.next().value ?? []).map((found) => ({ ...found, on: loss.on })),
      );
      const holding = (one?.felt ?? []).map(() => (keepers.next().value ?? []).map(({ name }) => name));
      const fires = (one?.writes ?? []).flatMap(() => firing.next().value ?? []);
      const seen = rehearsal?.of.get(script);
      const before = scripts.slice(0, index);
      const found = await lossesOf(script, believed(static_, seen), { database, rows, views, before, deleted });
      const unseen = unseenBy(script, { seen, before, database, tables, destroying, fires });
      const losses = [...found.losses, ...unseen];
      const warnings = await warningsOf(session, script, { holding, seen, rows, types, found });
      impacts.set(script, {
        losses,
        warnings: script === first ? [...warnings, ...(rehearsal?.notes ?? [])] : warnings,
      });
    }
  } finally {
    await session.script('RESET ROLE; RESET row_security').catch(() => undefined);
  }
  return impacts;
}

/** What a rehearsal saw in place of what the text says, but for what it could not carry out. */
function believed(found: readonly (Lost & { readonly on: string })[], seen: Rehearsed | undefined): readonly Lost[] {
  if (seen === undefined) return found;
  // A rehearsal takes no role's things away, and sees no attribute of a type go out of the columns that hold it.
  return [...seen.lost, ...found.filter(({ on, takes }) => !seen.whole || on === 'role' || takes.what === 'attribute')];
}

async function warningsOf(
  session: Session,
  { hazards, content, migration, opaque, silenced }: Script,
  {
    holding,
    seen,
    rows,
    types,
    found,
  }: {
    readonly holding: readonly (readonly string[])[];
    readonly seen: Rehearsed | undefined;
    readonly rows: RowCounts;
    readonly types: readonly string[];
    readonly found: Losses;
  },
): Promise<readonly string[]> {
  const warnings: Placed[] = [...found.picked];
  const quiet: string[] = [...found.silenced];
  const whole = seen?.whole === true;
  const say = async (hazard: Script['hazards'][number], tables: readonly string[]): Promise<void> => {
    const held = await withRows(tables, rows);
    const [first] = held;
    if (first === undefined) return;
    if (hazard.silenced) {
      quiet.push(hazard.code);
      return;
    }
    const who = held.length === 1 ? `${first} holds rows` : `${first} and ${held.length - 1} more tables hold rows`;
    warnings.push({
      at: hazard.at,
      line: warningLine(hazard.at.in(content.path), hazard.code, `${who}: ${hazard.why}`),
    });
  };
  for (const [index, hazard] of hazards.entries()) {
    if (whole && hazard.effect !== undefined) continue;
    const harmful: string[] = [];
    const tables = whole && hazard.on === 'relation' ? (seen.named.get(hazard) ?? []) : (holding[index] ?? []);
    for (const table of tables) if (!(await isHarmless(session, table, hazard.unless, types))) harmful.push(table);
    await say(hazard, harmful);
  }
  for (const { at, table, effect, code, why } of seen?.felt ?? []) {
    const said = hazards.find((hazard) => hazard.at.equals(at) && hazard.effect === effect);
    if (!whole && said !== undefined) continue;
    const silent = silenced.get(at.line)?.includes(said?.code ?? code) ?? false;
    await say(said ?? { code, why, at, on: 'relation', of: [], silenced: silent }, [table]);
  }
  const lines = warnings
    .sort((a, b) => (a.at.isBefore(b.at) ? -1 : b.at.isBefore(a.at) ? 1 : 0))
    .map(({ line }) => line);
  if (opaque > 0 && !whole) lines.push(`${migration.name}: code in DO and CALL is not looked into`);
  if (quiet.length > 0)
    lines.push(
      `${quiet.length} ${quiet.length === 1 ? 'warning' : 'warnings'} silenced: ${[...new Set(quiet)].sort().join(', ')}`,
    );
  return [...lines, ...(seen?.notes ?? [])];
}

async function withRows(tables: readonly string[], rows: RowCounts): Promise<readonly string[]> {
  const held: string[] = [];
  for (const table of tables) if ((await rows.of(table)) !== null) held.push(table);
  return held;
}

interface Questions {
  readonly wanted: readonly Wanted[];
  readonly felt: readonly Felt[];
  /** One for each of the script's writes that are to a table. */
  readonly writes: readonly Asked[];
}

/** What a script's losses and hazards are about, after what it and those before it rename. */
function questionsOf(
  { losses, hazards, renamed, lookup, roles, writes }: Script,
  before: readonly Script[],
): Questions {
  const earlier = before.flatMap((script) => script.renamed);
  const until = (at: Position): readonly Renaming[] => [...earlier, ...renamed.filter((one) => one.at.isBefore(at))];
  const searched = (at: Position): boolean => lookup?.isBefore(at) === true;
  const kindOf = (on: string): Renaming['on'] =>
    on === 'relation' || on === 'schema' || on === 'type' ? on : on === 'domain' ? 'type' : 'other';
  const wanted = losses
    .flatMap((loss) => [loss, ...movedInto(loss, until(loss.at))])
    .map((loss): Wanted => {
      const { takes, on, of, at } = loss;
      return {
        loss,
        names: namesBefore(kindOf(on), of, until(at)),
        columns: 'column' in takes ? columnBefore(takes.column, until(at)) : [],
        anywhere: searched(at),
        roles: [...before.flatMap((script) => script.roles), ...roles],
      };
    });
  const felt = hazards.map((hazard): Felt => {
    const { on, of, at } = hazard;
    return { hazard, names: of.length === 0 ? [[]] : namesBefore(kindOf(on), of, until(at)), anywhere: searched(at) };
  });
  const told = tableWrites(writes).map(({ of, events, sets, at }): Asked => ({
    names: namesBefore('relation', of, until(at)),
    events,
    columns: sets.flatMap((column) => columnBefore(column, until(at))),
    anywhere: searched(at),
  }));
  return { wanted, felt, writes: told };
}

/** What the files moved into a schema goes with it, although it is still elsewhere. */
function movedInto(loss: Wanted['loss'], renamed: readonly Renaming[]): readonly Wanted['loss'][] {
  if (loss.on !== 'schema') return [];
  const schemas = namesBefore('schema', loss.of, renamed).map((name) => name[0]);
  return renamed.flatMap(({ on, to }) =>
    (on === 'relation' || on === 'type') && to.length > 1 && schemas.includes(to.at(-2))
      ? [{ ...loss, on, of: to }]
      : [],
  );
}

/** A role that a step before is about to make has no names of its own yet. */
async function asRole<T>(session: Session, role: string | undefined, ask: () => Promise<T>): Promise<T> {
  if (role === undefined) return ask();
  return session.transaction('READ ONLY', async () => {
    const [known] = await session.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
    if (known !== undefined) await session.script(`SET LOCAL ROLE ${escapeIdentifier(role)}`);
    return ask();
  });
}
