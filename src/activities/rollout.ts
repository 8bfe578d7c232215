import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { shapeOf } from '../domain/shape.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { recorder } from './recorder.ts';
import { signatureDenial } from './signature.ts';
import type { WindlassActivities } from '../contract/activities.ts';

/** The activities of the rollout itself: its bundle, its signatures, its record. */
export function rolloutActivities(
  deps: ActivityDeps,
): Pick<WindlassActivities, 'openRollout' | 'judgeSignature' | 'appendRecord'> {
  const record = recorder(deps.record);
  return {
    openRollout: guarded(async (input, run) => {
      const { bundle, files } = await deps.openBundle(input.bundle);
      // Every file is read against its digest before anything is touched: a bundle that was tampered with never starts.
      for (const path of Object.keys(bundle.files)) await readThrough(files.stream(path));
      assertMayStart(bundle, input);
      const { environment, rollout, startedBy: by, signature } = input;
      await record({ environment, rollout, run, bundle: input.bundle }, null, null, { type: 'start', by, signature });
      return shapeOf(bundle);
    }),

    judgeSignature: guarded(async (digest, signed) => {
      const { bundle } = await deps.openBundle(digest);
      return signatureDenial(bundle.decisions, signed.by, signed);
    }),

    appendRecord: guarded((scope, phase, step, key, body) => record(scope, phase, step, body, key)),
  };
}

/** Files are checked against their digests as they are read. */
async function readThrough(bytes: AsyncIterable<Buffer>): Promise<void> {
  const source = bytes[Symbol.asyncIterator]();
  for (let next = await source.next(); next.done !== true;) next = await source.next();
}

/** What starts are judged by: those of rollouts and those of drills. */
interface Start {
  readonly rollout: string;
  readonly environment: string;
  readonly startedBy: string;
  readonly signature: string;
}

/**
 * @throws WindlassFailure `InvalidRollout` for a bundle of something else than is started, `DecisionDenied` for a signature
 * that cannot stand.
 */
export function assertMayStart(bundle: Bundle, input: Start): void {
  assertMeant(bundle, input);
  const denial = signatureDenial(bundle.decisions, input.startedBy, input);
  if (denial === null) return;
  throw new WindlassFailure('DecisionDenied', `The start cannot stand: ${denial}.`, {
    object: `${input.rollout} in ${input.environment}`,
    next: 'Start it with `--key FILE` of somebody whose public key the environment lists.',
  });
}

function assertMeant(bundle: Bundle, input: { readonly rollout: string; readonly environment: string }): void {
  if (bundle.rollout === input.rollout && bundle.environment === input.environment) return;
  throw new WindlassFailure(
    'InvalidRollout',
    `The bundle is of ${bundle.rollout} for ${bundle.environment}, not of ${input.rollout} for ${input.environment}.`,
    { object: 'start', next: 'Start the rollout with its own bundle.' },
  );
}
