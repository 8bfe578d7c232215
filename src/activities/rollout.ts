import { quorumOn } from '../domain/approving.ts';
import { omit } from '../bundle/omit.ts';
import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure, type FailureType } from '../domain/failure.ts';
import { addressOfDecision, demandsOn, denialOf, type Decision, type OpenGate } from '../domain/gate.ts';
import { isGroup } from '../domain/identity.ts';
import { mayStart, narrowed, type EnvironmentPolicy } from '../domain/policy.ts';
import { findStepShape, type RolloutShape } from '../domain/shape.ts';
import { paced } from '../domain/silence.ts';
import type { Command, RunScope } from '../contract/messages.ts';
import type { RecordBody } from '../domain/record-entry.ts';
import { isSigned, signatureDenial } from '../policy/signature.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { recorder } from './recorder.ts';
import { commandOf } from './adoptions.ts';
import { Skeletons } from './skeleton.ts';
import { assertMayStart, useOnce, type AnyStart } from './starts.ts';
import { assertWarranted } from './warrants.ts';
import type { StepRef, WindlassActivities } from '../contract/activities.ts';

/** The activities of the rollout itself: its bundle, its signatures, its record. */
export function rolloutActivities(
  deps: ActivityDeps,
): Pick<WindlassActivities, 'openRollout' | 'reopenRollout' | 'judgeSignature' | 'confirmDecision' | 'appendRecord'> {
  const record = recorder(deps.record);
  const skeletons = new Skeletons();
  return {
    openRollout: guarded(async ({ environment, rollout, bundle: digest }, run) => {
      const scope = { environment, rollout, run, bundle: digest };
      const start = await deps.callers.startOf(scope);
      const { bundle, files } = await deps.openBundle(digest);
      // Every file is read against its digest before anything is touched: a bundle that was tampered with never starts.
      for (const path of Object.keys(bundle.files)) await readThrough(files.stream(path));
      const policy = await deps.policy.of(bundle.environment);
      const verified = assertMayStart(policy, bundle, start);
      if (verified) await useOnce(deps.record, scope, start);
      const { startedBy: by, signature } = start;
      const simulated = policy.simulated === 'counts' ? ({ simulated: 'counts' } as const) : {};
      await record(scope, null, null, { type: 'start', by, signature, verified, ...simulated });
      return skeleton(policy, digest, bundle);
    }),

    reopenRollout: guarded(async (scope) => {
      await deps.callers.startOf(scope);
      const { bundle } = await deps.openBundle(scope.bundle);
      return skeleton(await deps.policy.of(bundle.environment), scope.bundle, bundle);
    }),

    judgeSignature: guarded(async (digest, signed) => {
      const { bundle } = await deps.openBundle(digest);
      const policy = await deps.policy.of(bundle.environment);
      const rules = narrowed(policy, bundle.decisions);
      if (isGroup(rules.groups, signed.by)) return `${signed.by} is a group here, and nobody who could act`;
      const { environment, rollout } = bundle;
      const kind = 'verdict' in signed ? 'decision' : 'command';
      // Both decide with what a rollout goes on, as whoever starts it does.
      if ('action' in signed && (signed.action === 'adopt' || signed.action === 'skip') && !mayStart(policy, signed.by))
        return `the worker's policy does not let ${signed.by} start anything here, and so ${signed.action} nothing`;
      return signatureDenial(rules, signed.by, { kind, environment, rollout }, signed, Date.now());
    }),

    confirmDecision: guarded(async (ref, gate, decision, denials) => {
      const start = await deps.callers.startOf(ref.scope);
      const { bundle } = await deps.openBundle(ref.scope.bundle);
      const denial = await deniedAt(ref, gate, decision, bundle, start.startedBy);
      if (denial !== null && denials === undefined) {
        const body = { type: 'decision', decision, denial } as const;
        await record(ref.scope, ref.phase, ref.step, await withVerdict(ref.scope, ref.phase, ref.step, body));
      }
      return denial;
    }),

    appendRecord: guarded(async (scope, phase, step, key, body) => {
      const start = await deps.callers.startOf(scope);
      if (!TOLD.has(body.type)) throw notToBeTold(body.type, scope);
      // What proves a backup is told by the activity that saw it: a workflow may have been handed anything. And nobody vouches for
      // how a run ended that nobody has warranted.
      const isUnseen =
        (body.type === 'drill' && body.verdict.verdict === 'proven') ||
        (body.type === 'verdict' && !(await isWarranted(scope, start)));
      const how = isUnseen ? 'unsealed' : undefined;
      await record(scope, phase, step, await withVerdict(scope, phase, step, body), key, how);
    }),
  };

  async function isWarranted(scope: RunScope, start: AnyStart): Promise<boolean> {
    try {
      const { bundle } = await deps.openBundle(scope.bundle);
      await assertWarranted(deps.record, await deps.policy.of(bundle.environment), scope, start, bundle);
      return true;
    } catch (error) {
      if (error instanceof WindlassFailure && UNWARRANTED.has(error.type)) return false;
      throw error;
    }
  }

  function skeleton(policy: EnvironmentPolicy, digest: string, bundle: Bundle): RolloutShape {
    const shape = skeletons.of(policy, digest, bundle);
    const phases = shape.phases.map((phase) => ({
      ...phase,
      steps: phase.steps.map((step) => paced(step, deps.silenceMs)),
    }));
    const { continueAfter } = deps;
    return { ...shape, phases, ...(continueAfter === undefined ? {} : { continueAfter }) };
  }

  /** Whether a signature stands is said by the worker that checks it: a workflow may be handed anything. */
  async function withVerdict(
    scope: RunScope,
    phase: string | null,
    step: string | null,
    body: RecordBody,
  ): Promise<RecordBody> {
    if (body.type !== 'decision' && body.type !== 'command') return body;
    const signed: Decision | Command =
      body.type === 'decision' ? body.decision : commandOf(body, scope, phase ?? '', step ?? '');
    if (signed.signature === '') return { ...body, verified: false };
    const { bundle } = await deps.openBundle(scope.bundle);
    const rules = narrowed(await deps.policy.of(bundle.environment), bundle.decisions);
    const { environment, rollout } = scope;
    const to = { kind: body.type, environment, rollout };
    return { ...body, verified: isSigned(rules, signed.by, to, signed, Date.now()) };
  }

  /** Judges a decision by what the worker knows of the gate: the gate as it was handed over only says what was shown. */
  async function deniedAt(
    { scope, phase, step }: StepRef,
    gate: OpenGate,
    decision: Decision,
    bundle: Bundle,
    by: string,
  ) {
    const policy = await deps.policy.of(bundle.environment);
    const rules = narrowed(policy, bundle.decisions);
    const shape = findStepShape(skeletons.of(policy, scope.bundle, bundle), phase, step);
    const approvers = shape?.approval?.approvers ?? [];
    const demands = shape === undefined ? [] : demandsOn(shape, gate.plan);
    const quorum = shape === undefined ? null : quorumOn(shape, gate.plan);
    const shown = omit(gate, 'quorum');
    return (
      signatureDenial(rules, decision.by, addressOfDecision(scope), decision, Date.now()) ??
      denialOf(decision, {
        ...{ bundle: scope.bundle, run: scope.run, startedBy: by },
        gates: [{ ...shown, phase, step, approvers, demands, ...(quorum === null ? {} : { quorum }) }],
        ...{ groups: rules.groups, selfApproval: rules.selfApproval },
      })
    );
  }
}

/** Why nobody can say that a run is warranted: it is not, or its bundle is gone or was tampered with. */
const UNWARRANTED: ReadonlySet<FailureType> = new Set<FailureType>(['Unauthorised', 'BundleMissing', 'BundleCorrupt']);

/** What workflows tell the record; all else is written by the activity that saw it. */
const TOLD: ReadonlySet<RecordBody['type']> = new Set<RecordBody['type']>([
  ...(['decision', 'command', 'parked', 'verdict', 'drill', 'witness', 'stale', 'notification'] as const),
]);

function notToBeTold(type: string, { rollout, environment }: RunScope): WindlassFailure {
  return new WindlassFailure('Unauthorised', `No workflow tells the record what is of type ${type}.`, {
    object: `${rollout} in ${environment}`,
    next: 'This is a defect of Windlass, or somebody who tries to forge the record.',
    retryable: false,
  });
}

/** Files are checked against their digests as they are read. */
async function readThrough(bytes: AsyncIterable<Buffer>): Promise<void> {
  const source = bytes[Symbol.asyncIterator]();
  for (let next = await source.next(); next.done !== true;) next = await source.next();
}
