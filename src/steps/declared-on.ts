import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { AnyStepKind, Declaration, Declares, StepKindTable } from '../domain/kinds/descriptor.ts';
import type { Step } from '../domain/step.ts';

/**
 * What all steps declare on a cluster. A step that `when` leaves out declares too: its objects may come back.
 *
 * @throws WindlassFailure `InvalidRollout` for a step of a kind that is not known, on whatever target: what it declares is
 *   not known either, and nobody may take that for nothing.
 */
export function declaredOn(target: string, bundle: Bundle, kinds: StepKindTable): readonly Declaration[] {
  return bundle.phases
    .flatMap(({ steps }) => steps)
    .flatMap((step) => {
      const { declares } = descriptorOf(step, kinds);
      if (declares === null || !('target' in step) || step.target !== target) return [];
      // A kind's descriptor takes the spec that the kind's own schema has made.
      return [(declares as Declares<typeof step.with>).of(step.with)];
    });
}

function descriptorOf({ kind, name }: Pick<Step, 'kind' | 'name'>, kinds: StepKindTable): AnyStepKind {
  const descriptor = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (descriptor !== undefined) return descriptor;
  throw new WindlassFailure(
    'InvalidRollout',
    `This version of Windlass knows no step kind ${kind}, so what the step declares cannot be told.`,
    { object: name, next: 'Let a worker of the version that made the bundle carry it out.' },
  );
}
