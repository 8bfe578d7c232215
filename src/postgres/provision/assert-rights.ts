import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { withSession } from '../session.ts';
import { isSuperuser, readUser, type Rights } from './user.ts';
import { sessionOptions, walk, type Places } from './walk.ts';
import type { Work } from './work.ts';

/**
 * Goes through all that a step would do before anything is touched.
 *
 * @throws WindlassFailure `AccessDenied` naming everything that the user of the connection lacks for it.
 */
export async function assertRights(places: Places, spec: PostgresProvisionSpec, context: EngineContext): Promise<void> {
  const lacking = new Set<string>();
  let first: string | undefined;
  const user = await withSession(places.connection, sessionOptions(context), readUser);
  if (isSuperuser(user)) return;
  await walk(places, spec, context, false, async (work, _session, rights) => {
    const { missing } = await standing(work, rights);
    if (missing.length > 0) first ??= work.change.what;
    for (const one of missing) lacking.add(one);
  });
  if (first === undefined) return;
  throw new WindlassFailure('AccessDenied', `User ${user.name} lacks ${[...lacking].join('; ')}.`, {
    object: first,
    next: 'Grant it what it lacks, or connect as another user, and retry; nothing was touched.',
    facts: { user: user.name, lacking: [...lacking], sqlstate: '42501' },
  });
}

/**
 * The work with what its user borrows for it, and what it lacks, in words.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function explained(work: Work, rights: Rights): Promise<Work> {
  const { missing, lent } = await standing(work, rights);
  if (missing.length + lent.length === 0) return work;
  const { name } = rights.user;
  const lines = [
    ...lent.map((role) => `membership of ${name} in ${role} is lent for it, and given back`),
    ...missing.map((one) => `${name} lacks ${one}`),
  ];
  return { ...work, change: { ...work.change, detail: [...lines, ...(work.change.detail ?? [])] } };
}

async function standing(work: Work, rights: Rights) {
  const missing = new Set<string>();
  if (isSuperuser(rights.user)) return { missing: [], lent: [] };
  const needs = work.statements.flatMap((statement) => statement.needs);
  for (const need of needs) {
    const met = await rights.meets(need);
    if (typeof met === 'object') missing.add(met.missing);
  }
  return { missing: [...missing], lent: await rights.lentFor(needs) };
}
