import { stepPath } from '../../domain/names.ts';
import { RENDERED } from '../../domain/rendering.ts';
import type { RolloutFile } from '../../domain/rollout.ts';
import type { StepFile } from '../../domain/step.ts';
import { omit } from '../omit.ts';
import type { KeepingFile } from './keeping.ts';
import { isAsRendered } from './secrets.ts';

type Phases = RolloutFile['spec']['phases'];
type ApplyFile = Extract<StepFile, { kind: 'kubernetes.apply' }>['with'];

/** What a step comes to once its charts and kustomizations are rendered: the steps before it, itself, those after it. */
export interface Pieces {
  readonly before: readonly string[];
  /** Whether the step itself has rendered objects. */
  readonly main: boolean;
  readonly after: readonly string[];
  /** What each of them fills in. */
  readonly keeping: KeepingFile | null;
}

/** Names of the steps that hooks become: `shop-before`, or `shop-before-1` and so on when their weights differ. */
export function hookSteps(step: string, when: 'before' | 'after', count: number): readonly string[] {
  if (count === 1) return [`${step}-${when}`];
  return Array.from({ length: count }, (_, index) => `${step}-${when}-${index + 1}`);
}

export function renderedDirectory(phase: string, step: string): string {
  return `${RENDERED}/${stepPath(phase, step)}`;
}

/**
 * Puts what was rendered in the place of charts and kustomizations: steps refer to documents of the bundle, and hooks are
 * steps of their own around them. What needed the step needs the last of them.
 */
export function expandPhases(phases: Phases, rendered: ReadonlyMap<string, Pieces>): Phases {
  return phases.map((phase) => {
    const last = new Map<string, string>();
    for (const { name } of phase.steps) {
      const after = rendered.get(stepPath(phase.name, name))?.after.at(-1);
      if (after !== undefined) last.set(name, after);
    }
    const steps = phase.steps.flatMap((step) => {
      const waiting = { ...step, needs: step.needs.map((need) => last.get(need) ?? need) };
      const pieces = rendered.get(stepPath(phase.name, step.name));
      return pieces === undefined ? [waiting] : expanded(phase.name, waiting, pieces);
    });
    return { ...phase, steps };
  });
}

function expanded(phase: string, step: StepFile, { before, main, after, keeping }: Pieces): readonly StepFile[] {
  if (step.kind !== 'kubernetes.apply') return [step];
  const { manifests } = step.with;
  const rest = {
    ...omit(step.with, 'helm', 'kustomize'),
    secrets: references(step.with.secrets),
    ...(keeping === null ? {} : { keeping }),
  };
  const piece = (name: string, needs: readonly string[], own: readonly string[]): StepFile => ({
    ...step,
    name,
    needs: [...needs],
    with: { ...rest, manifests: [...own, ...(name === step.name && !main ? [] : [renderedDirectory(phase, name)])] },
  });
  const chain: StepFile[] = [];
  for (const name of [...before, step.name, ...after]) {
    const previous = chain.at(-1);
    chain.push(piece(name, previous === undefined ? step.needs : [previous.name], name === step.name ? manifests : []));
  }
  return chain;
}

/** The mapping without what stays as it was rendered, which has its place in `keeping`. */
function references(secrets: ApplyFile['secrets']): ApplyFile['secrets'] {
  const kept = Object.entries(secrets).map(([secret, keys]) => {
    const mapped = Object.entries(keys).filter(([, rule]) => !isAsRendered(rule));
    return [secret, Object.fromEntries(mapped)] as const;
  });
  return Object.fromEntries(kept.filter(([, keys]) => Object.keys(keys).length > 0));
}
