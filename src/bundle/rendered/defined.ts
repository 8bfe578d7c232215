import { neededBy } from '../../domain/graph.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isDefinition, kindsDefinedBy } from '../../manifests/definitions.ts';
import type { PhaseDraft, RolloutDraft, StepDraft } from '../draft.ts';

/** A step and the phase that it is in. */
export interface Placed {
  readonly phase: PhaseDraft;
  readonly step: StepDraft;
}

/** What an object makes a cluster serve, as charts ask for it: `example.com/v1`, `example.com/v1/Thing`. */
export function servedBy(object: KubernetesObject): readonly string[] {
  if (!isDefinition(object)) return [];
  return kindsDefinedBy(object).flatMap(({ apiVersion, kind }) => [apiVersion, `${apiVersion}/${kind}`]);
}

/** The steps on the same target that are done before a step begins, whatever else is begun when. */
export function stepsBefore(draft: RolloutDraft, { phase, step }: Placed): readonly Placed[] {
  const phases = neededBy(phase.name, draft.phases);
  const steps = neededBy(step.name, phase.steps);
  return [
    ...draft.phases.filter(({ name }) => phases.has(name)).flatMap(placedIn),
    ...placedIn(phase).filter(({ step: { name } }) => steps.has(name)),
  ].filter(({ step: earlier }) => earlier !== step && earlier.target === step.target);
}

function placedIn(phase: PhaseDraft): readonly Placed[] {
  return phase.steps.map((step) => ({ phase, step }));
}
