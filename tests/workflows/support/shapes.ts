import type { PhaseShape, RolloutShape, StepShape } from '../../../src/domain/shape.ts';

/** A step shape with what the test says, and otherwise nothing special. */
export function step(name: string, more: Partial<StepShape> = {}): StepShape {
  return {
    name,
    kind: 'kubernetes.apply',
    needs: [],
    target: 'cluster',
    timeoutMs: 60_000,
    retry: { attempts: 3, initialMs: 10, maximumMs: 20 },
    approval: null,
    included: true,
    byHand: false,
    ...more,
  };
}

/** A gate that `platform` decides. */
export function gated(expiresMs: number | null = null): Pick<StepShape, 'approval'> {
  return { approval: { reason: 'It replaces a volume.', approvers: ['platform'], expiresMs } };
}

export function phase(name: string, steps: readonly StepShape[], needs: readonly string[] = []): PhaseShape {
  return { name, needs, steps };
}

export function shape(...phases: readonly PhaseShape[]): RolloutShape {
  return { phases, groups: { platform: ['ada', 'grace'] }, selfApproval: false };
}
