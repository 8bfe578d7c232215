import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { isGroup } from '../domain/identity.ts';
import { freezeAt, mayStart, narrowed, type EnvironmentPolicy } from '../domain/policy.ts';
import { signatureDenial } from '../policy/signature.ts';

/** What starts are judged by: those of rollouts and those of drills. */
interface Start {
  readonly rollout: string;
  readonly environment: string;
  readonly startedBy: string;
  readonly signature: string;
}

/**
 * @throws WindlassFailure `InvalidRollout` for a bundle of something else than is started, `DecisionDenied` for a signature
 *   that cannot stand, `Unauthorised` for what the policy does not let be started, or not now.
 */
export function assertMayStart(policy: EnvironmentPolicy, bundle: Bundle, input: Start): void {
  assertMeant(bundle, input);
  const object = `${input.rollout} in ${input.environment}`;
  const rules = narrowed(policy, bundle.decisions);
  const denial = isGroup(rules.groups, input.startedBy)
    ? `${input.startedBy} is a group here, and nobody who could act`
    : signatureDenial(rules, input.startedBy, input, Date.now());
  if (denial !== null)
    throw new WindlassFailure('DecisionDenied', `The start cannot stand: ${denial}.`, {
      object,
      next: "Start it with `--key FILE` of somebody whose public key the worker's policy lists.",
    });
  if (!mayStart(policy, input.startedBy))
    throw new WindlassFailure(
      'Unauthorised',
      `The worker's policy does not let ${input.startedBy} start anything here.`,
      {
        object,
        next: `Let one of these start it: ${policy.starters.join(', ')}.`,
      },
    );
  assertNotFrozen(policy, object);
  assertWithinLimits(policy, bundle, object);
}

/** @throws WindlassFailure `Unauthorised` while the policy's freeze holds. */
export function assertNotFrozen(policy: EnvironmentPolicy, object: string): void {
  const freeze = freezeAt(policy, Date.now());
  if (freeze === null) return;
  throw new WindlassFailure('Unauthorised', `The environment is frozen until ${freeze.until}: ${freeze.reason}.`, {
    object,
    next: 'Start or retry it afterwards. Whoever runs the worker may end the freeze in its policy.',
  });
}

function assertWithinLimits({ limits }: EnvironmentPolicy, { phases, files }: Bundle, object: string): void {
  const found = {
    steps: phases.reduce((sum, { steps }) => sum + steps.length, 0),
    files: Object.keys(files).length,
  };
  for (const what of ['steps', 'files'] as const) {
    if (found[what] <= limits[what]) continue;
    throw new WindlassFailure(
      'Unauthorised',
      `The rollout has ${String(found[what])} ${what}, and the worker's policy takes ${String(limits[what])}.`,
      { object, next: `Split the rollout, or raise limits.${what} of the worker's policy.` },
    );
  }
}

function assertMeant(bundle: Bundle, input: { readonly rollout: string; readonly environment: string }): void {
  if (bundle.rollout === input.rollout && bundle.environment === input.environment) return;
  throw new WindlassFailure(
    'InvalidRollout',
    `The bundle is of ${bundle.rollout} for ${bundle.environment}, not of ${input.rollout} for ${input.environment}.`,
    { object: 'start', next: 'Start the rollout with its own bundle.' },
  );
}
