import { describe, expect, test } from '@jest/globals';
import { isIdle, plannedStepLines } from '../../src/cli/view/plan.ts';
import type { StepPlan } from '../../src/steps/plan.ts';
import { plain } from './support.ts';

const planned = (more: Partial<StepPlan> = {}): StepPlan => ({
  phase: 'data',
  step: 'schema',
  kind: 'postgres.migrate',
  changes: [],
  undo: 'Restore it.',
  failure: null,
  ...more,
});
const same = { action: 'unchanged', what: 'table orders', destructive: false } as const;
const made = { action: 'create', what: 'table carts', destructive: false } as const;

describe('the plan of a step', () => {
  test('leaves out what is unchanged, unless all is asked for', () => {
    const step = planned({ changes: [same, made] });
    expect(plannedStepLines(step, plain).join('\n')).not.toContain('table orders');
    const all = plannedStepLines(step, plain, true).join('\n');
    for (const line of ['unchanged table orders', 'create    table carts', 'Undo: Restore it.'])
      expect(all).toContain(line);
  });

  test('is idle only where it neither changes nor asks nor fails', () => {
    expect(isIdle(planned({ changes: [same] }))).toBe(true);
    expect(isIdle(planned({ changes: [same, made] }))).toBe(false);
    expect(isIdle(planned({ kind: 'approval' }))).toBe(false);
    const failure = { type: 'SqlFailed', message: 'No.', next: 'Look.', retryable: false } as const;
    expect(isIdle(planned({ failure }))).toBe(false);
  });
});
