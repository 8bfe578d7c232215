import { describe, expect, test } from '@jest/globals';
import { knownAfterEarlier, type StepPlan } from '../../src/steps/plan.ts';
import type { Change } from '../../src/domain/change.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';

const plan = (step: string, more: Partial<StepPlan> = {}): StepPlan => ({
  phase: 'foundation',
  step,
  kind: 'kubernetes.apply',
  changes: [],
  undo: '',
  failure: null,
  ...more,
});
const creates = (what: string): Change => ({ action: 'create', what, destructive: false });
const fails = (facts: Record<string, string[]>) => ({
  failure: new WindlassFailure('InvalidManifest', 'It is not there.', { next: 'Make it.', facts }).summary(),
});
const base = plan('base', {
  changes: [creates('Namespace data'), creates('CustomResourceDefinition things.example.com')],
});

describe('in the plan of a whole rollout', () => {
  test('objects of a namespace that an earlier step makes are known after that step', () => {
    const apps = knownAfterEarlier(plan('apps', fails({ namespaces: ['data'] })), [base]);
    expect(apps.failure).toBeNull();
    expect(apps.changes).toEqual([expect.objectContaining({ action: 'unknown', knownAfter: 'foundation/base' })]);
  });

  test('objects of a kind whose definition an earlier step makes are known after that step', () => {
    const apps = knownAfterEarlier(plan('apps', fails({ kinds: ['example.com/v1/Thing'] })), [base]);
    expect(apps.changes).toEqual([expect.objectContaining({ knownAfter: 'foundation/base' })]);
  });

  test('an object that an earlier step makes, or whose namespace one does, is known after that step', () => {
    const web = plan('web', { changes: [creates('Deployment data/web')] });
    const scaled = knownAfterEarlier(plan('scaled', fails({ objects: ['Deployment data/web'] })), [base, web]);
    expect(scaled.changes).toEqual([expect.objectContaining({ knownAfter: 'foundation/web' })]);
    const other = knownAfterEarlier(plan('other', fails({ objects: ['Deployment data/other'] })), [base, web]);
    expect(other.changes).toEqual([expect.objectContaining({ knownAfter: 'foundation/base' })]);
    expect(
      knownAfterEarlier(plan('x', fails({ objects: ['Deployment else/web'] })), [base, web]).failure,
    ).not.toBeNull();
  });

  test('a namespace that nobody makes stays a failure', () => {
    expect(knownAfterEarlier(plan('apps', fails({ namespaces: ['other'] })), [base]).failure).not.toBeNull();
    expect(knownAfterEarlier(plan('apps', fails({ namespaces: ['data', 'other'] })), [base]).failure).not.toBeNull();
  });

  test('a failure for another reason stays a failure', () => {
    expect(knownAfterEarlier(plan('apps', fails({})), [base]).failure).not.toBeNull();
  });

  test('migrations of a database that an earlier step makes name that step', () => {
    const open: Change = {
      action: 'unknown',
      what: 'V1',
      destructive: false,
      missing: ['database lakefs'],
    };
    const databases = plan('databases', { changes: [creates('database lakefs')] });
    const [change] = knownAfterEarlier(plan('schema', { changes: [open] }), [databases]).changes;
    expect(change?.knownAfter).toBe('foundation/databases');
  });
});
