import type { EngineContext } from '../../domain/step-engine.ts';
import type { Session } from '../session.ts';

/**
 * Puts on record what was accepted and why. To be called in the transaction that carries it out.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function recordRepair(
  session: Session,
  { version, accept, reason }: { readonly version: string; readonly accept: string; readonly reason: string },
  was: unknown,
  { owner }: EngineContext,
): Promise<void> {
  await session.query(
    'INSERT INTO windlass.repairs (version, accepted, reason, was, run) VALUES ($1, $2, $3, $4, $5)',
    [version, accept, reason, JSON.stringify(was), owner.run],
  );
}
