import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure, type FailureType } from '../domain/failure.ts';
import { addressOfDecision, type Decision } from '../domain/gate.ts';
import { narrowed } from '../domain/policy.ts';
import type { RecordBody } from '../domain/record-entry.ts';
import type { RolloutStatus } from '../domain/status.ts';
import { isSigned, signatureDenial } from '../policy/signature.ts';
import { wrongIn } from '../record/entry-schema.ts';
import type { Command, RunScope } from '../contract/messages.ts';
import type { WindlassActivities } from '../contract/activities.ts';
import { commandOf } from './adoptions.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { recorder } from './recorder.ts';
import { isRefusalRecorded } from './refused.ts';
import type { AnyStart } from './starts.ts';
import { assertWarranted } from './warrants.ts';

type TellingDeps = Pick<ActivityDeps, 'callers' | 'openBundle' | 'policy' | 'record'>;

/** What workflows tell the record. Whoever polls the task queue can have them tell anything: what a worker can know is asked of no workflow. */
export function tellingActivities(deps: TellingDeps): Pick<WindlassActivities, 'appendRecord'> {
  const record = recorder(deps.record);
  return {
    appendRecord: guarded(async (scope, phase, step, key, body) => {
      const start = await deps.callers.startOf(scope);
      assertType(body, scope);
      let isUnseen = false;
      if (body.type === 'verdict') {
        const bundle = await bundleOf(deps, scope);
        const isWarranted = bundle !== null && (await hasWarrant(deps, scope, start, bundle));
        if (!isWarranted && !(await hasBegun(deps, scope))) {
          // A rollout that there is no bundle of is anybody's invention, and so is its name.
          if (bundle === null || !(await isRefusalRecorded(deps.record, scope, body.status.failure))) return;
        }
        assertWhole(body.status, bundle, scope);
        // Nobody vouches for how a run ended that nobody has warranted.
        isUnseen = !isWarranted;
      }
      assertReads(body, scope, phase, step);
      // What proves a backup is told by the activity that saw it: a workflow may have been handed anything.
      if (body.type === 'drill') isUnseen = body.verdict.verdict === 'proven';
      await record(
        scope,
        phase,
        step,
        await judged(deps, scope, phase, step, body),
        key,
        isUnseen ? 'unsealed' : undefined,
      );
    }),
  };
}

/**
 * A decision or command as it is put on record: whether its signature stands is said by the worker that checks it, and what does not
 * stand was denied, whatever the workflow says. Throws as `openBundle` and the policy do.
 */
export async function judged(
  deps: Pick<ActivityDeps, 'openBundle' | 'policy'>,
  scope: RunScope,
  phase: string | null,
  step: string | null,
  body: RecordBody,
): Promise<RecordBody> {
  if (body.type !== 'decision' && body.type !== 'command') return body;
  const signed: Decision | Command =
    body.type === 'decision' ? body.decision : commandOf(body, scope, phase ?? '', step ?? '');
  const { bundle } = await deps.openBundle(scope.bundle);
  const rules = narrowed(await deps.policy.of(bundle.environment), bundle.decisions);
  const to = { ...addressOfDecision(scope), kind: body.type };
  const now = Date.now();
  const denial = body.denial ?? signatureDenial(rules, signed.by, to, signed, now);
  const verified = signed.signature !== '' && isSigned(rules, signed.by, to, signed, now);
  return { ...body, denial, verified };
}

/** What workflows tell the record; all else is written by the activity that saw it. */
const TOLD: ReadonlySet<RecordBody['type']> = new Set<RecordBody['type']>([
  ...(['decision', 'command', 'parked', 'verdict', 'drill', 'witness', 'stale', 'notification'] as const),
]);

/** @throws WindlassFailure `Unauthorised` */
function assertType(body: RecordBody | null, scope: RunScope): asserts body is RecordBody {
  const type: string | undefined = body?.type;
  if (type !== undefined && (TOLD as ReadonlySet<string>).has(type)) return;
  throw notToBeTold(`what is of type ${String(type)}`, scope);
}

/** @throws WindlassFailure `Unauthorised` */
function assertReads(body: RecordBody, scope: RunScope, phase: string | null, step: string | null): void {
  const wrong = wrongIn({ id: '', time: new Date(0).toISOString(), scope: { ...scope, phase, step }, body });
  if (wrong !== null) throw notToBeTold(`what does not read: ${wrong}`, scope);
}

/** How a run has ended that is done says so of each of its phases. @throws WindlassFailure `Unauthorised` */
function assertWhole({ state, phases }: RolloutStatus, bundle: Bundle | null, scope: RunScope): void {
  const told = new Set(phases.map(({ name }) => name));
  if (state !== 'done' || bundle?.phases.every(({ name }) => told.has(name)) === true) return;
  throw notToBeTold('that a run is done without saying so of each of its phases', scope);
}

/** The bundle of a run; null where there is none, or it is that of another rollout. */
async function bundleOf(deps: TellingDeps, scope: RunScope): Promise<Bundle | null> {
  try {
    const { bundle } = await deps.openBundle(scope.bundle);
    return bundle.rollout === scope.rollout && bundle.environment === scope.environment ? bundle : null;
  } catch (error) {
    if (error instanceof WindlassFailure && UNOPENED.has(error.type)) return null;
    throw error;
  }
}

const UNOPENED: ReadonlySet<FailureType> = new Set<FailureType>(['BundleMissing', 'BundleCorrupt']);

async function hasWarrant(deps: TellingDeps, scope: RunScope, start: AnyStart, bundle: Bundle): Promise<boolean> {
  try {
    await assertWarranted(deps.record, await deps.policy.of(bundle.environment), scope, start, bundle);
    return true;
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'Unauthorised') return false;
    throw error;
  }
}

/** Whether a worker has let the run begin. */
async function hasBegun({ record }: TellingDeps, { environment, rollout, run }: RunScope): Promise<boolean> {
  return (await record.read({ environment, rollout, run, types: ['start'] })).entries.length > 0;
}

function notToBeTold(what: string, { rollout, environment }: RunScope): WindlassFailure {
  return new WindlassFailure('Unauthorised', `No workflow tells the record ${what}.`, {
    object: `${rollout} in ${environment}`,
    next: 'This is a defect of Windlass, or somebody who tries to forge the record.',
    retryable: false,
  });
}
