import type { Bundle } from '../domain/bundle.ts';
import type { EngineContext } from '../domain/step-engine.ts';
import type { Finding } from '../domain/evidence.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { Step } from '../domain/step.ts';
import { veleroDrillEngine } from '../velero/drill/drill-engine.ts';
import { Connections } from './connections.ts';
import { drillTools } from './drill-tools.ts';
import type { Reach } from './reach.ts';

/** A drill with its targets in hand, whatever was proven before. */
export interface BoundDrill {
  /** Carries a drill out, always. */
  drill(context: EngineContext): Promise<readonly Finding[]>;
  /** Plants and writes down what the next backup of the step's schedule must hold. */
  witness(context: EngineContext): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

/**
 * Opens the drill of a step on its targets.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, `InvalidRollout`.
 */
export async function openDrill(bundle: Bundle, step: Step, reach: Reach): Promise<BoundDrill> {
  if (step.kind !== 'velero.drill') throw notADrill(step.name, step.kind);
  const connections = new Connections(bundle, reach);
  const tools = await drillTools(step, connections);
  const engine = veleroDrillEngine(tools);
  return {
    drill: async (context) => (await engine.drill(step.with, context)).findings,
    witness: (context) => engine.witness(step.with, context),
    close: () => tools.api.close(),
  };
}

export function notADrill(name: string, kind: string): WindlassFailure {
  return new WindlassFailure(
    'InvalidRollout',
    `Only steps of kind velero.drill are drilled, and this one is ${kind}.`,
    {
      object: name,
      next: 'Name a step of kind velero.drill.',
    },
  );
}
