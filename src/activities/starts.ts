import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { isGroup } from '../domain/identity.ts';
import { warrantDenial, type StandingWarrant } from '../domain/drill/warrant.ts';
import { freezeAt, mayStart, narrowed, warrantRules, type EnvironmentPolicy } from '../domain/policy.ts';
import { isSigned, signatureDenial } from '../policy/signature.ts';
import type { Addressed } from '../domain/gate.ts';
import { drillWorkflowId, lookWorkflowId, rolloutWorkflowId } from '../domain/names.ts';
import { isLook, type RunMode } from '../domain/run-mode.ts';
import type {
  Attests,
  DriftInput,
  DrillInput,
  Once,
  ReadinessInput,
  RolloutInput,
  RunScope,
} from '../contract/messages.ts';
import type { RunRecord } from '../record/record.ts';

/** How a run began: what was signed. */
export type AnyStart = RolloutInput | DrillInput | ReadinessInput | DriftInput;

/** The id of the workflow that a start begins; schedules put the time of the firing behind it. */
export function workflowIdOf(start: AnyStart): string {
  const { environment, rollout } = start;
  if (!('mode' in start)) return rolloutWorkflowId(environment, rollout);
  if (start.mode === 'readiness' || start.mode === 'drift') return lookWorkflowId(start.mode, environment, rollout);
  return drillWorkflowId(environment, rollout, start.phase, start.step, start.mode);
}

/** What starts are judged by, whatever they begin. */
interface Start extends Once {
  readonly rollout: string;
  readonly environment: string;
  readonly startedBy: string;
  readonly signature: string;
  /** Of what is no rollout. */
  readonly mode?: RunMode;
  /** Of those who heal the lock of a target. */
  readonly target?: string;
  /** Of schedules. */
  readonly standing?: StandingWarrant;
  /** Of what looks at the readiness: whoever may say so need not be one who may start. */
  readonly attests?: Attests;
}

/** No start is signed for longer than this from now. */
const LONGEST_VALID_MS = 7 * 24 * 3_600_000;

/**
 * @returns whether the start is signed, and the signature stands: then it counts once, by its nonce, or for the firings of a
 *   schedule, by its warrant.
 * @throws WindlassFailure `InvalidRollout` for a bundle of something else than is started, `DecisionDenied` for a signature
 *   that cannot stand, `Unauthorised` for what the policy does not let be started, or not now.
 */
export function assertMayStart(policy: EnvironmentPolicy, bundle: Bundle, input: Start): boolean {
  assertMeant(bundle, input);
  const object = `${input.rollout} in ${input.environment}`;
  const rules = narrowed(policy, bundle.decisions);
  const [now, to] = [Date.now(), addressed(input)];
  const isVerified = isSigned(rules, input.startedBy, to, input, now);
  const denial = isGroup(rules.groups, input.startedBy)
    ? `${input.startedBy} is a group here, and nobody who could act`
    : (signatureDenial(rules, input.startedBy, to, input, now) ??
      standingDenial(policy, input, isVerified, now) ??
      (isVerified ? onceDenial(to, input, now) : null));
  if (denial !== null)
    throw new WindlassFailure('DecisionDenied', `The start cannot stand: ${denial}.`, {
      object,
      next: "Start it with `--key FILE` of somebody whose public key the worker's policy lists.",
    });
  if (input.attests === undefined && !mayStart(policy, input.startedBy))
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
  return isVerified;
}

/** What is not signed for one time alone is that of a schedule, unless it begins a rollout. */
export function addressed({ environment, rollout, mode, nonce, standing, target }: Start): Addressed {
  if (target !== undefined) return { kind: 'heal', environment, rollout };
  const isOfSchedule = standing !== undefined || nonce === undefined;
  const what = mode !== undefined && isLook(mode) ? mode : 'drill';
  const kind = mode === undefined ? 'start' : isOfSchedule ? (`${what} schedule` as const) : what;
  return { kind, environment, rollout };
}

function isStanding({ kind }: Addressed): boolean {
  return kind === 'drill schedule' || kind === 'readiness schedule' || kind === 'drift schedule';
}

/** One that is signed says which firings it stands for, and until when; one that nobody signed ends all the same. */
function standingDenial(policy: EnvironmentPolicy, input: Start, isVerified: boolean, now: number): string | null {
  const { standing } = input;
  if (standing !== undefined) return warrantDenial(standing, warrantRules(policy), now);
  if (!isStanding(addressed(input)) || !isVerified) return null;
  return 'it is of a schedule that was signed for ever, as schedules once were: make the schedule again';
}

/** Everybody who reads a history can send again what was signed: a start says that it counts once, and until when. */
export function onceDenial(to: Addressed, { nonce, validUntil }: Once, now: number): string | null {
  if (isStanding(to)) return null;
  const until = Date.parse(validUntil ?? '');
  if (nonce === undefined || Number.isNaN(until))
    return 'it is signed, and does not say that it counts once, and until when';
  if (until <= now) return `it was valid until ${validUntil ?? ''}`;
  return until > now + LONGEST_VALID_MS ? 'it is valid for more than a week' : null;
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

/** How far the clocks of those who sign may be ahead of a worker's. */
const AHEAD_MS = 5 * 60_000;

/** What of a start on record tells whether another was kept back. */
export interface RecordedStart {
  readonly run: string;
  readonly by: string;
  readonly signedAt?: string;
}

/**
 * Refuses a signed start that was kept back: whoever can keep it from a worker, and end its run, could otherwise bring a rollout
 * back to what it was before a later one, at a time of their choosing.
 *
 * @param others of the same, let begin and signed.
 * @throws WindlassFailure `DecisionDenied`.
 */
export function assertNotKeptBack(
  { environment, rollout, run }: RunScope,
  { signedAt }: Once,
  others: readonly RecordedStart[],
): void {
  if (signedAt === undefined) return;
  const at = Date.parse(signedAt);
  const later = others.find((other) => other.run !== run && Date.parse(other.signedAt ?? '') > at);
  const why = Number.isNaN(at)
    ? 'it does not say when it was signed'
    : at > Date.now() + AHEAD_MS
      ? `it says that it was signed at ${signedAt}, which is yet to come`
      : later === undefined
        ? null
        : `it was signed at ${signedAt}, and one that ${later.by} has signed after it, at ${later.signedAt ?? ''}, has begun run ${later.run}`;
  if (why === null) return;
  throw new WindlassFailure('DecisionDenied', `The start cannot stand: ${why}.`, {
    object: `${rollout} in ${environment}`,
    next: 'Start it anew, with a signature of now; where the time is yet to come, set the clock of whoever signs.',
  });
}

/** Binds a signed start to the run that uses it first. @throws WindlassFailure `Unauthorised` for every other run; of the store. */
export async function useOnce(
  record: Pick<RunRecord, 'firstUse'>,
  { environment, rollout, run }: RunScope,
  { nonce }: Once,
): Promise<void> {
  if (nonce === undefined) return;
  const first = await record.firstUse({ environment, rollout, run }, nonce);
  if (first === run) return;
  throw new WindlassFailure('Unauthorised', `The start was used before: it has begun run ${first}.`, {
    object: `${rollout} in ${environment}`,
    next: 'Start it anew, with a signature of its own.',
    retryable: false,
  });
}
