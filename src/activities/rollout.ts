import type { Bundle } from '../domain/bundle.ts';
import { demandsOf, narrowed, type EnvironmentPolicy } from '../domain/policy.ts';
import { shapeOf, type RolloutShape } from '../domain/shape.ts';
import { signatureDenial } from '../policy/signature.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { recorder } from './recorder.ts';
import { assertMayStart } from './starts.ts';
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
      const policy = await deps.policy.of(bundle.environment);
      assertMayStart(policy, bundle, input);
      const { environment, rollout, startedBy: by, signature } = input;
      await record({ environment, rollout, run, bundle: input.bundle }, null, null, { type: 'start', by, signature });
      return demanded(shapeOf(bundle), policy, bundle);
    }),

    judgeSignature: guarded(async (digest, signed) => {
      const { bundle } = await deps.openBundle(digest);
      const rules = narrowed(await deps.policy.of(bundle.environment), bundle.decisions);
      return signatureDenial(rules, signed.by, signed, Date.now());
    }),

    appendRecord: guarded((scope, phase, step, key, body) => record(scope, phase, step, body, key)),
  };
}

/** Files are checked against their digests as they are read. */
async function readThrough(bytes: AsyncIterable<Buffer>): Promise<void> {
  const source = bytes[Symbol.asyncIterator]();
  for (let next = await source.next(); next.done !== true;) next = await source.next();
}

/** A skeleton with the gates and the rules of the worker's policy. */
function demanded(shape: RolloutShape, policy: EnvironmentPolicy, bundle: Bundle): RolloutShape {
  const { groups, selfApproval } = narrowed(policy, bundle.decisions);
  const phases = shape.phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map((step) => {
      const demands = demandsOf(policy, step);
      return demands.length === 0 ? step : { ...step, demands };
    }),
  }));
  return { phases, groups, selfApproval };
}
