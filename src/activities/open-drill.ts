import type { Bundle } from '../domain/bundle.ts';
import type { EngineContext } from '../domain/engine.ts';
import type { Finding } from '../domain/evidence.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { Step } from '../domain/step.ts';
import { runDrill } from '../velero/drill/run.ts';
import { drillFindings } from '../velero/drill/verdict.ts';
import { Connections } from './connections.ts';
import { drillTools } from './drill-tools.ts';
import type { Resolve } from './resolve.ts';

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
export async function openDrill(bundle: Bundle, step: Step, resolve: Resolve): Promise<BoundDrill> {
  if (step.kind !== 'velero.drill') throw notADrill(step.name, step.kind);
  const connections = new Connections(bundle, resolve);
  const tools = await drillTools(step, connections);
  return {
    drill: async (context) => drillFindings(step.with, await runDrill(tools, step.with, context)),
    witness: () => Promise.reject(noSchedule(step.name)),
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

function noSchedule(name: string): WindlassFailure {
  return new WindlassFailure('InvalidRollout', 'This step drills backups of its own, and none of a schedule.', {
    object: name,
    next: 'Delete its witness schedule: nothing has to be planted ahead of a backup that the drill makes itself.',
  });
}
