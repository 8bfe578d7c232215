import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { StepKindTable } from '../domain/kinds/descriptor.ts';
import { STEP_KINDS } from '../domain/kinds/table.ts';
import type { Step } from '../domain/step.ts';
import type { BoundStep } from './bound-step.ts';
import { Connections } from './connections.ts';
import { STEP_OPENERS, type Opener } from './openers.ts';
import type { Reach } from './reach.ts';

/** The step kinds that can be opened: both halves of their descriptors. */
export interface OpenableKinds {
  readonly kinds: StepKindTable;
  /** As `OpenerTable` has them: null for what is a gate and nothing else. */
  readonly openers: Readonly<Record<string, Opener<never> | null>>;
}

export const OPENABLE: OpenableKinds = { kinds: STEP_KINDS, openers: STEP_OPENERS };

/**
 * Opens the engine of a step on its target.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, `InvalidRollout`.
 */
export async function openStep(
  bundle: Bundle,
  step: Step,
  reach: Reach,
  { kinds, openers }: OpenableKinds = OPENABLE,
): Promise<BoundStep> {
  const opener = (Object.hasOwn(openers, step.kind) ? openers[step.kind] : undefined) as
    Opener<Step> | null | undefined;
  if (opener === undefined)
    throw new WindlassFailure('InvalidRollout', `This version of Windlass knows no step kind ${step.kind}.`, {
      object: step.name,
      next: 'Let a worker of the version that made the bundle carry it out.',
    });
  if (opener === null)
    throw new WindlassFailure('Internal', 'A bare approval has no engine.', {
      object: step.name,
      next: 'This is a defect of Windlass: report it.',
    });
  return opener(step, { bundle, kinds, connections: new Connections(bundle, reach) });
}
