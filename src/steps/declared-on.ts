import type { Bundle } from '../domain/bundle.ts';
import type { Declaration, Declares, StepKindTable } from '../domain/kinds/descriptor.ts';

/** What all steps declare on a cluster. A step that `when` leaves out declares too: its objects may come back. */
export function declaredOn(target: string, bundle: Bundle, kinds: StepKindTable): readonly Declaration[] {
  return bundle.phases
    .flatMap(({ steps }) => steps)
    .flatMap((step) => {
      const declares = kinds[step.kind]?.declares ?? null;
      if (declares === null || !('target' in step) || step.target !== target) return [];
      // A kind's descriptor takes the spec that the kind's own schema has made.
      return [(declares as Declares<typeof step.with>).of(step.with)];
    });
}
