import type { Bundle } from '../../domain/bundle.ts';
import type { StepKindTable } from '../../domain/kinds/descriptor.ts';
import { stepPath } from '../../domain/names.ts';
import { shapeOf } from '../../domain/shape.ts';
import type { Step } from '../../domain/step.ts';

/** A step, and its PHASE/STEP. */
export interface IncludedStep {
  readonly path: string;
  readonly step: Step;
}

/** The steps that `when` lets in. */
export function includedSteps(bundle: Bundle, kinds: StepKindTable): readonly IncludedStep[] {
  const shape = shapeOf(bundle, kinds).phases;
  return bundle.phases.flatMap(({ name, steps }, at) =>
    steps.flatMap((step, index) =>
      shape[at]?.steps[index]?.included === true ? [{ path: stepPath(name, step.name), step }] : [],
    ),
  );
}
