import { ApplicationFailure, CancelledFailure, Context, sleep } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { createHash, randomUUID } from 'node:crypto';
import { assertGranted, lockActivities } from '../../../src/activities/lock.ts';
import { toHistory } from '../../../src/activities/failures.ts';
import { phaseActivities } from '../../../src/activities/phases.ts';
import type { StepRef, WindlassActivities } from '../../../src/contract/activities.ts';
import { isUnchanged, summarizePlan, type Change, type PlanSummary } from '../../../src/domain/change.ts';
import type { DriftOutcome, HealResult, ReadinessOutcome, RunScope } from '../../../src/contract/messages.ts';
import type { DrillVerdict } from '../../../src/domain/drill/verdict.ts';
import type { Fence } from '../../../src/domain/step-engine.ts';
import { phaseWorkflowId } from '../../../src/domain/names.ts';
import { WindlassFailure } from '../../../src/domain/failure.ts';
import { waivesOf } from '../../../src/domain/opening.ts';
import type { RecordBody } from '../../../src/domain/record-entry.ts';
import type { RolloutShape } from '../../../src/domain/shape.ts';
import { step } from './shapes.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A change that a fake step would make. */
export function change(what: string, destructive = false): Change {
  return { action: destructive ? 'replace' : 'create', what, destructive };
}

/** What a fake step does: the world it finds, and what happens when it acts. Tests change it while a rollout runs. */
export interface FakeStep {
  changes: readonly Change[];
  /** Runs inside `applyStep`; throwing a `WindlassFailure` fails it. */
  onApply?: (fence: Fence | null) => Promise<void> | void;
  verifyFails?: boolean;
}

/** Activities over a world in memory, with the real lock activities of the time-skipping server. */
export class FakeWorld {
  readonly calls: string[] = [];
  readonly record: RecordBody[] = [];
  readonly fences: Fence[] = [];
  readonly steps = new Map<string, FakeStep>();
  signatureDenial: string | null = null;
  /** What `readMeasures` does; null where nothing is measured. */
  onMeasures: WindlassActivities['readMeasures'] | null = null;
  /** What the interlock misses; null when nothing. */
  missing: string | null = null;
  /** What the readiness misses that a gate demands; null when nothing. */
  missingReadiness: string | null = null;
  /** What a drill does that is started by itself; null where none may be. */
  onDrill: (() => Promise<DrillVerdict>) | null = null;
  /** The target of that drill. */
  drilled = 'drilled';
  /** What a look at the readiness does that is started by itself; null where none may be. */
  onAssess: (() => Promise<Omit<ReadinessOutcome, keyof RunScope>>) | null = null;
  /** What a look for drift does that is started by itself; null where none may be. */
  onDrift: (() => Promise<Omit<DriftOutcome, keyof RunScope>>) | null = null;
  /** What healing a lock does; null where none may be healed. */
  onHeal: (() => Promise<HealResult>) | null = null;
  /** How often a lock has asked whether requests are wanted. */
  questions = 0;
  /** Whether requests for locks reach none. */
  losesLockRequests = false;
  /** After how many events a rollout goes on in a new run; null for as many as it thinks right. */
  continueAfter: number | null = null;
  readonly #shape: RolloutShape;

  constructor(shape: RolloutShape) {
    this.#shape = shape;
    for (const phase of shape.phases)
      for (const step of phase.steps)
        this.steps.set(`${phase.name}/${step.name}`, { changes: [change(`thing ${step.name}`)] });
  }

  step(path: string): FakeStep {
    const step = this.steps.get(path);
    if (!step) throw new Error(`no fake step ${path}`);
    return step;
  }

  /** Bodies of one type, in the order in which they were recorded. */
  recorded<T extends RecordBody['type']>(type: T): Extract<RecordBody, { type: T }>[] {
    return this.record.filter((body): body is Extract<RecordBody, { type: T }> => body.type === type);
  }

  activities(client: Client, taskQueue: string): WindlassActivities {
    const at = (ref: StepRef): string => `${ref.phase}/${ref.step}`;
    const lock = lockActivities({ client, taskQueue });
    return {
      ...lock,
      unwantedRequests: (...asked) => {
        this.questions += 1;
        return lock.unwantedRequests(...asked);
      },
      requestLock: (...request) => (this.losesLockRequests ? Promise.resolve() : lock.requestLock(...request)),
      openRollout: () => Promise.resolve(this.#opened()),
      reopenRollout: () => {
        this.calls.push('reopen');
        return Promise.resolve(this.#opened());
      },
      readMeasures: (scope, moment) => {
        this.calls.push(`measure ${moment}`);
        return this.onMeasures?.(scope, moment) ?? Promise.reject(new Error('nothing is measured here'));
      },
      planStep: (ref) => {
        this.calls.push(`plan ${at(ref)}`);
        return Promise.resolve(this.#plan(at(ref)));
      },
      applyStep: async (ref, fence) => {
        this.calls.push(`apply ${at(ref)}`);
        if (fence)
          await assertGranted({ client, taskQueue }, fence).catch((error: unknown) => Promise.reject(toHistory(error)));
        if (fence) this.fences.push(fence);
        const plan = this.#plan(at(ref));
        await this.step(at(ref)).onApply?.(fence);
        const done = this.step(at(ref));
        done.changes = done.changes.map(({ what }) => ({ action: 'unchanged', what, destructive: false }));
        return { changes: plan, durationMs: 1 };
      },
      verifyStep: (ref) => {
        this.calls.push(`verify ${at(ref)}`);
        if (this.step(at(ref)).verifyFails === true) throw final('ExpectationFailed');
        return Promise.resolve(1);
      },
      openReadiness: () => (this.onAssess === null ? unlooked() : Promise.resolve({ steps: [], notifications: [] })),
      assessReadiness: async (scope) => ({ ...scope, ...(await (this.onAssess ?? unlooked)()) }),
      openDrift: () => (this.onDrift === null ? unlooked() : Promise.resolve({ notifications: [] })),
      findDrift: async (scope) => ({ ...scope, ...(await (this.onDrift ?? unlooked)()) }),
      awaitDoneByHand: async (ref, shown) => {
        const overtaken = () => isUnchanged(this.#plan(at(ref))) || this.#plan(at(ref)).changeDigest !== shown;
        while (!overtaken()) {
          Context.current().heartbeat();
          await sleep(50);
        }
      },
      missingProof: (ref) => {
        this.calls.push(`proof ${at(ref)}`);
        return Promise.resolve(this.missing);
      },
      missingReadiness: (ref) => {
        this.calls.push(`readiness ${at(ref)}`);
        return Promise.resolve(this.missingReadiness);
      },
      openGate: (ref, { changeDigest, before }) => {
        const isDestructive = changeDigest !== null && this.#plan(at(ref)).destructive > 0;
        const lacks = { proof: isDestructive ? this.missing : null, readiness: this.missingReadiness };
        return Promise.resolve({
          opening: before + 1,
          changeDigest: changeDigest ?? `${ref.scope.bundle}/${randomUUID()}`,
          waives: waivesOf(lacks),
          lacks,
        });
      },
      awaitReadiness: async () => {
        while (this.missingReadiness !== null) {
          Context.current().heartbeat();
          await sleep(50);
        }
      },
      awaitProof: async () => {
        while (this.missing !== null) {
          Context.current().heartbeat();
          await sleep(50);
        }
      },
      ...phaseActivities({
        client,
        callers: {
          startOf: () => Promise.resolve(null as never),
          assertGoesOn: () => Promise.resolve(),
          healOf: () => Promise.reject(new Error('not used')),
          freezeOf: () => Promise.reject(new Error('not used')),
        },
        watcher: null as never,
      }),
      awaitPhase: async ({ environment, rollout }, name, first) => {
        const id = phaseWorkflowId(environment, rollout, name);
        this.calls.push(`await ${name}`);
        for (;;) {
          const { status, raw } = await client.workflow.getHandle(id).describe();
          if (status.name !== 'RUNNING' || raw.workflowExecutionInfo?.firstRunId !== first) return;
          Context.current().heartbeat();
          await sleep(50);
        }
      },
      ...drills(this),
      orderFreeze: () => Promise.reject(new Error('not used')),
      healLock: () => (this.onHeal === null ? Promise.reject(new Error('not used')) : this.onHeal()),
      judgeSignature: () => Promise.resolve(this.signatureDenial),
      confirmDecision: (_ref, _gate, decision, denials) => {
        const denial = this.signatureDenial;
        if (denial !== null && denials === undefined) this.record.push({ type: 'decision', decision, denial });
        return Promise.resolve(denial);
      },
      appendRecord: (_scope, _phase, _step, _key, body) => {
        this.record.push(body);
        return Promise.resolve();
      },
    };
  }

  #opened(): RolloutShape {
    return this.continueAfter === null ? this.#shape : { ...this.#shape, continueAfter: this.continueAfter };
  }

  #plan(path: string): PlanSummary {
    return summarizePlan(this.step(path).changes, 'by hand', sha256);
  }
}

const unlooked = (): Promise<never> => Promise.reject(new Error('nobody looks at anything here'));

/** For worlds in which nothing is drilled apart from a rollout, but what `onDrill` does. */
function drills({
  onDrill,
  drilled,
}: FakeWorld): Pick<WindlassActivities, 'openDrill' | 'drillStep' | 'witnessStep' | 'judgeFreshness' | 'notify'> {
  const none = () => Promise.reject(new Error('nothing is drilled here'));
  const neither = { witnessStep: none, notify: none };
  if (onDrill === null) return { ...neither, openDrill: none, drillStep: none, judgeFreshness: none };
  return {
    ...neither,
    openDrill: ({ step: name }) =>
      Promise.resolve({ step: step(name, { kind: 'velero.drill', target: drilled }), notifications: [] }),
    drillStep: onDrill,
    judgeFreshness: () => Promise.resolve({ newest: null, limit: '24h', stale: false, known: false }),
  };
}

/** A failure that no retry can help, as activities throw it. */
export function final(type: 'Stalled' | 'ExpectationFailed' | 'SqlFailed' | 'BackupFailed'): ApplicationFailure {
  const summary = new WindlassFailure(type, 'it does not work', { next: 'mend it' }).summary();
  return ApplicationFailure.create({ type, message: summary.message, nonRetryable: true, details: [summary] });
}

/** Waits inside a fake activity until it is cancelled. */
export async function untilCancelled(): Promise<never> {
  for (;;) {
    Context.current().heartbeat();
    await sleep(50);
    Context.current().cancellationSignal.throwIfAborted();
    if (Context.current().cancellationSignal.aborted) throw new CancelledFailure('cancelled');
  }
}
