import type { Change } from '../domain/change.ts';
import type { Finding } from '../domain/evidence.ts';
import type { Applied, EngineContext, StepEngine } from '../domain/step-engine.ts';

/** A step with its engine, its target and its settings in hand. */
export interface BoundStep {
  plan(context: EngineContext): Promise<readonly Change[]>;
  apply(context: EngineContext): Promise<Applied>;
  verify(context: EngineContext): Promise<readonly Finding[]>;
  undo(): string;
  close(): Promise<void>;
}

/** Puts the settings of a step into its engine; `close` gives back what the engine holds. */
export function bind<Spec>(
  engine: StepEngine<Spec>,
  spec: Spec,
  close: () => Promise<void> = () => Promise.resolve(),
): BoundStep {
  return {
    plan: (context) => engine.plan(spec, context),
    apply: (context) => engine.apply(spec, context),
    verify: (context) => engine.verify(spec, context),
    undo: () => engine.undo(spec),
    close,
  };
}
