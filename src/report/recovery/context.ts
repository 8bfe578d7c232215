import type { Bundle } from '../../domain/bundle.ts';
import { formatDuration } from '../../domain/duration.ts';
import { stepPath } from '../../domain/names.ts';
import type { Reference } from '../../domain/reference.ts';
import { shapeOf } from '../../domain/shape.ts';
import type { Step, StepKind, StepOf } from '../../domain/step.ts';
import type { DrillFact, RestoreFact, ScheduleFact } from './facts.ts';

/** Everything that the sections of a runbook are made from. */
export interface RecoveryContext {
  readonly bundle: Bundle;
  /** The rollout's directory, as commands are to name it. */
  readonly directory: string;
  readonly drills: readonly DrillFact[];
  readonly restores: readonly RestoreFact[];
  readonly schedules: readonly ScheduleFact[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A step that the bundle lets in, with its full name. */
export type Placed<S extends Step = Step> = S & { readonly path: string };

export function placedSteps(bundle: Bundle): readonly Placed[] {
  const included = new Set(
    shapeOf(bundle).phases.flatMap((phase) =>
      phase.steps.filter((step) => step.included).map((step) => stepPath(phase.name, step.name)),
    ),
  );
  return bundle.phases
    .flatMap((phase) => phase.steps.map((step) => ({ ...step, path: stepPath(phase.name, step.name) })))
    .filter(({ path }) => included.has(path));
}

/** The steps of one kind on one target. */
export function stepsOf<K extends StepKind>(
  { bundle }: Pick<RecoveryContext, 'bundle'>,
  kind: K,
  target?: string,
): readonly Placed<StepOf<K>>[] {
  return placedSteps(bundle).filter(
    (step): step is Placed<StepOf<K>> =>
      step.kind === kind && (target === undefined || ('target' in step && step.target === target)),
  );
}

/** `windlass plan DIRECTORY --environment production`; signed where the environment asks for signatures. */
export function windlass(
  { bundle, directory }: Pick<RecoveryContext, 'bundle' | 'directory'>,
  verb: 'plan' | 'start' | 'restore',
  ...more: readonly string[]
): string {
  const signed = verb === 'plan' || more.includes('--plan') ? [] : signing(bundle);
  return ['windlass', verb, directory, '--environment', bundle.environment, ...more, ...signed].join(' ');
}

/** Options that say who acts, as placeholders: keys are people's own. */
export function signing({ decisions }: Bundle): readonly string[] {
  return decisions.signatures === 'required' ? ['--as', 'YOUR_NAME', '--key', 'YOUR_KEY.pem'] : [];
}

/** The references of something, with what each is for. */
export function referencesIn(fields: object): readonly (readonly [string, Reference])[] {
  return Object.entries(fields).flatMap(([key, value]: [string, unknown]) =>
    isReference(value) ? [[key, value] as const] : [],
  );
}

function isReference(value: unknown): value is Reference {
  return (
    typeof value === 'object' && value !== null && ['fromEnv', 'fromFile', 'fromEnvFile'].some((key) => key in value)
  );
}

const DAY_MS = 86_400_000;

/** How long ago, in words: `3 days`, `2 h 3 min`. */
export function ago(iso: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(iso));
  return ms < 2 * DAY_MS ? formatDuration(ms) : `${Math.floor(ms / DAY_MS)} days`;
}

/** A list in a sentence, or a word for none. */
export function list(names: readonly string[], none = 'none'): string {
  return names.length === 0 ? none : names.join(', ');
}
