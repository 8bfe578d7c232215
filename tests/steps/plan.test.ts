import { describe, expect, test } from '@jest/globals';
import { knownAfterEarlier, type StepPlan } from '../../src/steps/plan.ts';
import type { Change } from '../../src/domain/change.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { Prerequisite } from '../../src/domain/prerequisite.ts';

const plan = (step: string, more: Partial<StepPlan> = {}): StepPlan => ({
  phase: 'foundation',
  step,
  kind: 'kubernetes.apply',
  changes: [],
  undo: '',
  failure: null,
  ...more,
});
const object = (kind: string, name: string, namespace?: string): Prerequisite => ({
  is: 'object',
  object: { apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, name, ...(namespace ? { namespace } : {}) },
});
const thing = (version: string): Prerequisite => ({
  is: 'kind',
  kind: { apiVersion: `example.com/${version}`, kind: 'Thing' },
});
const creates = (...makes: Prerequisite[]): Change => ({ action: 'create', what: 'it', destructive: false, makes });
const failure = new WindlassFailure('InvalidManifest', 'It is not there.', { next: 'Make it.' }).summary();
const afterEarlier = (missing: readonly Prerequisite[], earlier: readonly StepPlan[]): StepPlan =>
  knownAfterEarlier(plan('later', { failure }), earlier, missing);
const base = plan('base', {
  changes: [creates(object('Namespace', 'data')), creates(object('CustomResourceDefinition', 'x'), thing('v1'))],
});

describe('in the plan of a whole rollout', () => {
  test('objects of a namespace that an earlier step makes are known after that step', () => {
    const apps = afterEarlier([object('Namespace', 'data')], [base]);
    expect(apps.failure).toBeNull();
    expect(apps.changes).toEqual([expect.objectContaining({ action: 'unknown', knownAfter: 'foundation/base' })]);
  });

  test('objects of a kind whose definition an earlier step makes are known after that step', () => {
    const apps = afterEarlier([thing('v1')], [base]);
    expect(apps.changes).toEqual([expect.objectContaining({ knownAfter: 'foundation/base' })]);
  });

  test('a definition of another kind, or of another version, makes no kind known', () => {
    expect(afterEarlier([thing('v2')], [base]).failure).not.toBeNull();
    const other: Prerequisite = { is: 'kind', kind: { apiVersion: 'example.com/v1', kind: 'Other' } };
    expect(afterEarlier([other], [base]).failure).not.toBeNull();
  });

  test('an object that an earlier step makes, or whose namespace one does, is known after that step', () => {
    const web = plan('web', { changes: [creates(object('Deployment', 'web', 'data'))] });
    const scaled = afterEarlier([object('Deployment', 'web', 'data')], [base, web]);
    expect(scaled.changes).toEqual([expect.objectContaining({ knownAfter: 'foundation/web' })]);
    const other = afterEarlier([object('Deployment', 'other', 'data')], [base, web]);
    expect(other.changes).toEqual([expect.objectContaining({ knownAfter: 'foundation/base' })]);
    expect(afterEarlier([object('Deployment', 'web', 'else')], [base, web]).failure).not.toBeNull();
  });

  test('an object is the same under another version of its group, and another under another group', () => {
    const web = plan('web', { changes: [creates(object('Deployment', 'web', 'else'))] });
    const as = (apiVersion: string): Prerequisite => ({
      is: 'object',
      object: { apiVersion, kind: 'Deployment', namespace: 'else', name: 'web' },
    });
    expect(afterEarlier([as('apps/v1beta2')], [web]).failure).toBeNull();
    expect(afterEarlier([as('example.com/v1')], [web]).failure).not.toBeNull();
  });

  test('a namespace that nobody makes stays a failure', () => {
    expect(afterEarlier([object('Namespace', 'other')], [base]).failure).not.toBeNull();
    const both = [object('Namespace', 'data'), object('Namespace', 'other')];
    expect(afterEarlier(both, [base]).failure).not.toBeNull();
  });

  test('a failure for another reason stays a failure', () => {
    expect(afterEarlier([], [base]).failure).not.toBeNull();
  });

  test('migrations of a database that an earlier step makes name that step', () => {
    const lakefs: Prerequisite = { is: 'database', database: 'lakefs' };
    const open: Change = { action: 'unknown', what: 'V1', destructive: false, missing: [lakefs] };
    const databases = plan('databases', { changes: [creates(lakefs)] });
    const [change] = knownAfterEarlier(plan('schema', { changes: [open] }), [databases]).changes;
    expect(change?.knownAfter).toBe('foundation/databases');
  });
});
