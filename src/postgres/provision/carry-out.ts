import { escapeIdentifier } from 'pg';
import { WindlassFailure } from '../../domain/failure.ts';
import { assertFence } from '../../domain/fence.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { sqlstateOf } from '../errors.ts';
import type { Session } from '../session.ts';
import { usersOf } from './absent.ts';
import type { Rights } from './user.ts';
import type { Statement, Work } from './work.ts';

const IN_USE = '55006';

/**
 * Does the work on one thing. Where the user of the connection lacks a membership that it may grant, it is lent to it for the
 * statement, in one transaction with it: whatever is killed, none stays.
 *
 * @param n which work this is of the step, from 1.
 * @throws WindlassFailure `FenceLost`; `TargetBusy` when others changed it meanwhile or use it; `SqlFailed` when its
 *   database does not exist; else as `Session` does.
 */
export async function carryOut(
  work: Work,
  session: Session | null,
  rights: Rights,
  context: EngineContext,
  n: number,
): Promise<void> {
  const { what } = work.change;
  if (work.statements.length === 0) return;
  if (session === null) throw missing(what);
  context.progress({ n, what });
  const [first] = work.statements;
  // What would have to be undone at once is not begun.
  if (first?.undo !== undefined && work.unused !== undefined && (await usersOf(session, work.unused)) !== null)
    throw await inUse(what, work.unused, session);
  const undo: Statement[] = [];
  for (const statement of work.statements) {
    assertFence(context.fence, what);
    try {
      await run(statement, session, rights);
      if (statement.undo !== undefined) undo.unshift(statement.undo);
    } catch (error) {
      // The error that led here is the one to tell.
      for (const one of undo) await run(one, session, rights).catch(() => undefined);
      if (!(error instanceof WindlassFailure)) throw error;
      if (isMeanwhile(error)) throw changedMeanwhile(what, error);
      throw sqlstateOf(error) === IN_USE && work.unused !== undefined
        ? await inUse(what, work.unused, session, error)
        : about(what, error);
    }
  }
}

async function run({ text, needs, as }: Statement, session: Session, rights: Rights): Promise<void> {
  const lent = await rights.lentFor(needs);
  if (lent.length === 0 && as === undefined) return session.script(text);
  await session.transaction('READ WRITE', async () => {
    const lendings = await Promise.all(lent.map((role) => rights.lending(role)));
    for (const { lend } of lendings) await session.script(lend);
    if (as !== undefined) await session.script(`SET LOCAL ROLE ${escapeIdentifier(as)}`);
    await session.script(text);
    if (as !== undefined) await session.script('RESET ROLE');
    for (const { giveBack } of lendings) await session.script(giveBack);
  });
}

/** Somebody else made or changed the same thing between our look and our statement: looking again settles it. */
function isMeanwhile(error: WindlassFailure): boolean {
  const sqlstate = sqlstateOf(error) ?? '';
  return ['23505', '42710', '42P04', '42P06'].includes(sqlstate) || error.message.includes('concurrently updated');
}

function missing(what: string): WindlassFailure {
  return new WindlassFailure('SqlFailed', 'The database does not exist.', {
    object: what,
    next: 'Declare the database in this step, or make it in a step before.',
  });
}

function changedMeanwhile(what: string, cause: WindlassFailure): WindlassFailure {
  return new WindlassFailure('TargetBusy', `Another session changed it at the same time. ${cause.message}`, {
    object: what,
    next: 'The step looks again and tries again by itself.',
    ...(cause.options.facts === undefined ? {} : { facts: cause.options.facts }),
    cause,
  });
}

async function inUse(
  what: string,
  database: string,
  session: Session,
  cause?: WindlassFailure,
): Promise<WindlassFailure> {
  const users = (await usersOf(session, database)) ?? 'sessions that have left since';
  return new WindlassFailure('TargetBusy', `Database ${database} is in use by ${users}.`, {
    object: what,
    next: 'Stop what is connected to it; the step tries again by itself.',
    ...(cause?.options.facts === undefined ? {} : { facts: cause.options.facts }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function about(what: string, { type, message, options }: WindlassFailure): WindlassFailure {
  return new WindlassFailure(type, message, { ...options, object: what });
}
