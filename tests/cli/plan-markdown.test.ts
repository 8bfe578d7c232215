import { describe, expect, test } from '@jest/globals';
import type { LoadedRollout } from '../../src/bundle/load.ts';
import { planMarkdown } from '../../src/cli/view/plan-markdown.ts';
import type { Change } from '../../src/domain/change.ts';
import type { StepPlan } from '../../src/steps/plan.ts';

const loaded = { bundle: { rollout: 'shop', environment: 'lab' }, digest: 'b'.repeat(64) } as unknown as LoadedRollout;

const planned = (step: string, more: Partial<StepPlan> = {}): StepPlan => ({
  phase: 'data',
  step,
  kind: 'postgres.migrate',
  changes: [],
  undo: 'Restore it.',
  failure: null,
  ...more,
});
const change = (what: string, more: Partial<Change> = {}): Change => ({
  action: 'create',
  what,
  destructive: false,
  ...more,
});

describe('a plan for a pull request', () => {
  test('says what it comes to, has a row for each step that would change something, and folds the changes', () => {
    const text = planMarkdown(loaded, [
      planned('schema', {
        changes: [change('table carts', { detail: ['3 columns'] }), change('x', { action: 'unchanged' })],
      }),
      planned('quiet', { changes: [change('table orders', { action: 'unchanged' })] }),
      planned('wait', { kind: 'approval' }),
    ]);
    expect(text).toContain('### shop to lab\n\n**Plan: 1 to create');
    expect(text).toContain('| `data/schema` | `postgres.migrate` | 1 to create');
    expect(text).toContain('| `data/wait` | `approval` | wait for an approval |');
    expect(text).toContain('1 of 3 steps have nothing to change.');
    expect(text).toContain('```text\ncreate    table carts\n    3 columns\nUndo: Restore it.\n```');
    expect(text).not.toContain('table orders');
  });

  test('says what destroys, and what cannot be planned and why', () => {
    const failure = { type: 'SqlFailed', message: 'No such table.', next: 'Look.', retryable: false } as const;
    const text = planMarkdown(loaded, [
      planned('drop', { changes: [change('table carts', { action: 'delete', destructive: true })] }),
      planned('broken', { failure }),
    ]);
    expect(text).toContain('| `data/drop` | `postgres.migrate` | 1 to delete; **1 of them destroy data** |');
    expect(text).toContain('| `data/broken` | `postgres.migrate` | **cannot be planned** |');
    expect(text).toContain('No such table.\nNext: Look.');
  });

  test('keeps what others wrote from being markup, or from ending its fence', () => {
    const text = planMarkdown(loaded, [
      planned('schema', { changes: [change('```\n<img src=x onerror=alert(1)>')], undo: '</details>```' }),
    ]);
    expect(text.match(/```/g)).toHaveLength(2);
    expect(text.split('```text')[0]).not.toContain('<img');
  });

  test('stays below what a comment may hold, and says how many steps it leaves out', () => {
    const changes = Array.from({ length: 500 }, (_, at) => change(`table t${String(at)} ${'x'.repeat(40)}`));
    const text = planMarkdown(
      loaded,
      Array.from({ length: 10 }, (_, at) => planned(`s${String(at)}`, { changes })),
    );
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain('The changes of 9 more steps are too long for a comment.');
  });
});
