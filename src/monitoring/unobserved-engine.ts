import type { Finding } from '../domain/evidence.ts';
import type { WindlassFailure } from '../domain/failure.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import type { VerifySpec } from './watchers.ts';

/** `monitoring.verify` of an optional server that has no address here: it asks nobody, and its evidence says so and why. */
export function unobservedEngine(
  target: string,
  { message, options: { object } }: WindlassFailure,
): StepEngine<VerifySpec> {
  const verify = (): Promise<readonly Finding[]> =>
    Promise.resolve([
      {
        ...{ kind: 'monitoring-unobserved', about: { target }, holds: false, how: 'real' },
        ...{ source: object ?? target, time: new Date().toISOString() },
        observed: { why: object === undefined ? message : `${message} (${object})` },
      },
    ]);
  return {
    plan: () => Promise.resolve([]),
    apply: async () => ({ changes: [], findings: await verify() }),
    verify,
    undo: () => 'Nobody was asked, so there is nothing to undo.',
  };
}
