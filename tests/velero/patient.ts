import { WindlassFailure } from '../../src/domain/failure.ts';
import type { StepEngine } from '../../src/domain/step-engine.ts';
import type { VeleroDrillEngine } from '../../src/velero/drill/drill-engine.ts';

const ATTEMPTS = 5;

/**
 * The engine as a worker drives it: what may be tried again is. Velero writes the credentials of a location anew for each
 * use, and on a busy machine another use finds the file empty.
 */
export function patient<Spec>(engine: StepEngine<Spec>): StepEngine<Spec> {
  return { ...engine, apply: (spec, context) => tried(() => engine.apply(spec, context)) };
}

/** The same for drills, which may also be carried out apart from a rollout. */
export function patientDrills(engine: VeleroDrillEngine): VeleroDrillEngine {
  return { ...engine, ...patient(engine), drill: (spec, context) => tried(() => engine.drill(spec, context)) };
}

async function tried<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      const again = error instanceof WindlassFailure && error.summary().retryable;
      if (!again || attempt === ATTEMPTS) throw error;
    }
  }
}
