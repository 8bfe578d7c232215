import { quorumOn } from '../domain/approving.ts';
import { omit } from '../bundle/omit.ts';
import type { Bundle } from '../domain/bundle.ts';
import { addressOfDecision, demandsOn, denialOf, type Decision, type OpenGate } from '../domain/gate.ts';
import { isGroup } from '../domain/identity.ts';
import { mayStart, narrowed, type EnvironmentPolicy } from '../domain/policy.ts';
import { findStepShape, type RolloutShape } from '../domain/shape.ts';
import { paced } from '../domain/silence.ts';
import { signatureDenial } from '../policy/signature.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { assertNotFrozenByHand } from './frozen.ts';
import { recorder } from './recorder.ts';
import { Skeletons } from './skeleton.ts';
import { assertMayStart, assertNotKeptBack, useOnce } from './starts.ts';
import { startsOf } from './starts-on-record.ts';
import { judged } from './telling.ts';
import type { StepRef, WindlassActivities } from '../contract/activities.ts';

/** The activities of the rollout itself: its bundle, its signatures, its record. */
export function rolloutActivities(
  deps: ActivityDeps,
): Pick<WindlassActivities, 'openRollout' | 'reopenRollout' | 'judgeSignature' | 'confirmDecision'> {
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
      await assertNotFrozenByHand(deps.record, policy, environment, `${rollout} in ${environment}`);
      if (verified) {
        assertNotKeptBack(scope, start, await startsOf(deps.record, scope, ({ mode }) => mode === undefined));
        await useOnce(deps.record, scope, start);
      }
      const { startedBy: by, signature, signedAt } = start;
      const simulated = policy.simulated === 'counts' ? ({ simulated: 'counts' } as const) : {};
      await record(scope, null, null, {
        ...{ type: 'start', by, signature, verified, ...simulated },
        ...(verified && signedAt !== undefined ? { signedAt } : {}),
        gates: 'recorded',
      });
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
        await record(ref.scope, ref.phase, ref.step, await judged(deps, ref.scope, ref.phase, ref.step, body));
      }
      return denial;
    }),
  };

  function skeleton(policy: EnvironmentPolicy, digest: string, bundle: Bundle): RolloutShape {
    const shape = skeletons.of(policy, digest, bundle);
    const phases = shape.phases.map((phase) => ({
      ...phase,
      steps: phase.steps.map((step) => paced(step, deps.silenceMs)),
    }));
    const { continueAfter } = deps;
    return { ...shape, phases, ...(continueAfter === undefined ? {} : { continueAfter }) };
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

/** Files are checked against their digests as they are read. */
async function readThrough(bytes: AsyncIterable<Buffer>): Promise<void> {
  const source = bytes[Symbol.asyncIterator]();
  for (let next = await source.next(); next.done !== true;) next = await source.next();
}
