import type { Bundle } from './bundle.ts';
import { unmet } from './condition.ts';
import { durationMs } from './duration.ts';
import { neededBy, type Node } from './graph.ts';
import type { StepKindTable } from './kinds/descriptor.ts';
import { STEP_KINDS } from './kinds/table.ts';
import { measureName, type MeasureName } from './measured.ts';
import type { Demand } from './readiness/demand-file.ts';
import type { Quorum } from './quorum.ts';
import type { Step, StepKind } from './step.ts';

/** What workflows know of a step: names, numbers, its gate. Never manifests, SQL or references. */
export interface StepShape extends Node {
  readonly kind: StepKind;
  readonly target: string | null;
  readonly timeoutMs: number;
  /** How long a worker may be silent before the step is given to another; absent where the worker says nothing else. */
  readonly silenceMs?: number;
  readonly retry: { readonly attempts: number; readonly initialMs: number; readonly maximumMs: number };
  readonly approval: {
    readonly reason: string;
    readonly approvers: readonly string[];
    readonly expiresMs: number | null;
    /** How ready the platform must be; absent where nothing is asked. */
    readonly readiness?: Demand;
  } | null;
  /** Gates that the worker's policy demands of the step; absent where it demands none. */
  readonly demands?: readonly StepDemand[];
  /** What the step's own approvers must come to, where one approval may not do; made by the worker, which knows who is in a group. */
  readonly quorum?: Quorum;
  /** Whether `when` let the step in; decided when the bundle was made, since parameters cannot change after. */
  readonly included: boolean;
  /** Whether the step may also be done by hand while its gate is open, and is noticed then. */
  readonly byHand: boolean;
}

/** A gate that the worker's policy demands. */
export interface StepDemand {
  readonly reason: string;
  /** Identities: one of them must approve, or as many as are required. */
  readonly approvers: readonly string[];
  /** Absent where one will do. */
  readonly required?: number;
  /** Whether only a plan that destroys data opens it. */
  readonly destructive: boolean;
}

export interface PhaseShape extends Node {
  readonly steps: readonly StepShape[];
}

/** The skeleton of a bundle that the rollout workflow walks over. */
export interface RolloutShape {
  readonly phases: readonly PhaseShape[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly selfApproval: boolean;
  /** What each run measures; absent where nothing. */
  readonly measures?: readonly MeasureName[];
  /** After how many events the rollout goes on in a new run; absent where the worker does not say. */
  readonly continueAfter?: number;
}

/** The skeleton of a bundle. */
export function shapeOf(bundle: Bundle, kinds: StepKindTable = STEP_KINDS): RolloutShape {
  return {
    phases: bundle.phases.map((phase) => ({
      name: phase.name,
      needs: phase.needs,
      steps: phase.steps.map((step) => stepShape(step, bundle, kinds)),
    })),
    groups: bundle.decisions.groups,
    selfApproval: bundle.decisions.selfApproval,
    ...(bundle.measures === undefined ? {} : { measures: bundle.measures.map(measureName) }),
  };
}

/** What a skeleton knows of a step; undefined where it has none of that name. */
export function findStepShape(
  { phases }: Pick<RolloutShape, 'phases'>,
  phase: string,
  step: string,
): StepShape | undefined {
  return phases.find(({ name }) => name === phase)?.steps.find(({ name }) => name === step);
}

/** An approval that changes nothing by itself, and holds up what comes after it. */
export interface BareApproval {
  readonly phase: string;
  readonly step: StepShape;
}

/** The bare approvals that a step must not come before: in the phases that its phase needs, and among the steps that it needs. */
export function approvalsBefore(
  { phases }: Pick<RolloutShape, 'phases'>,
  phase: string,
  step: string,
): readonly BareApproval[] {
  const steps = phases.find(({ name }) => name === phase)?.steps ?? [];
  const [phasesBefore, stepsBefore] = [neededBy(phase, phases), neededBy(step, steps)];
  const earlier = [
    ...phases.filter(({ name }) => phasesBefore.has(name)).map((one) => ({ phase: one.name, steps: one.steps })),
    { phase, steps: steps.filter(({ name }) => stepsBefore.has(name)) },
  ];
  return earlier.flatMap(({ phase: name, steps: of }) =>
    of.filter(({ kind, included }) => kind === 'approval' && included).map((one) => ({ phase: name, step: one })),
  );
}

function stepShape(step: Step, bundle: Bundle, kinds: StepKindTable): StepShape {
  const { approval, when } = step;
  return {
    name: step.name,
    kind: step.kind,
    needs: step.needs,
    target: 'target' in step ? step.target : null,
    timeoutMs: durationMs(step.timeout),
    retry: {
      attempts: step.retry.attempts,
      initialMs: durationMs(step.retry.initialInterval),
      maximumMs: durationMs(step.retry.maximumInterval),
    },
    approval: approval
      ? {
          reason: approval.reason,
          approvers: approval.approvers,
          expiresMs: approval.expiresAfter === undefined ? null : durationMs(approval.expiresAfter),
          ...(approval.readiness === undefined ? {} : { readiness: approval.readiness }),
        }
      : null,
    byHand: kinds[step.kind]?.byHand ?? false,
    included: unmet(when, bundle.parameters) === null,
  };
}
