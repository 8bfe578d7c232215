import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.ts';
import { kubernetesApply, type ReadinessRule } from '../../src/domain/kinds/kubernetes-apply.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { OwnRules } from '../../src/kubernetes/status/own-rules.ts';
import { deployment } from './objects.ts';

const rule: ReadinessRule = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  ready: 'self.status.phase == "Fine"',
  failed: 'self.status.phase == "Broken"',
};

function widget(status: JsonObject | null, meta: JsonObject = {}, apiVersion = 'example.com/v1'): KubernetesObject {
  return {
    apiVersion,
    kind: 'Widget',
    metadata: { name: 'one', namespace: 'data', generation: 2, ...meta },
    ...(status === null ? {} : { status }),
  };
}

const judged = (object: KubernetesObject, ...rules: ReadinessRule[]) => new OwnRules(rules).judge(object);

describe('a rule of the rollout itself', () => {
  test('tells when an object is ready, and when it has failed', () => {
    expect(judged(widget({ phase: 'Fine' }), rule).state).toBe('ready');
    expect(judged(widget({ phase: 'Starting' }), rule)).toEqual({
      state: 'progressing',
      reason: 'not yet so: self.status.phase == "Fine"; it says: phase Starting',
    });
    expect(judged(widget({ phase: 'Broken' }), rule).state).toBe('failed');
    expect(judged(widget({ phase: 'Starting' }), { ...rule, message: 'its disks are being formatted' }).reason).toBe(
      'its disks are being formatted',
    );
  });

  test('that cannot be evaluated never makes anything ready', () => {
    const { state, reason } = judged(widget(null), rule);
    expect(state).toBe('progressing');
    expect(reason).toContain('its own rule says nothing yet: column 6: No such key: status');
    expect(judged(widget({ phase: 'Fine' }), { ...rule, ready: 'self.status.phase' }).state).toBe('progressing');
  });

  test('holds for every version of its group, and for no other group', () => {
    expect(judged(widget({ phase: 'Fine' }, {}, 'example.com/v2beta1'), rule).state).toBe('ready');
    expect(judged(widget({ phase: 'Fine' }, {}, 'example.org/v1'), rule).state).toBe('unknown');
  });

  test('for one name goes before a rule for all', () => {
    const one = { ...rule, name: 'one', ready: 'self.status.phase == "Special"' };
    expect(judged(widget({ phase: 'Fine' }), rule, one).state).toBe('progressing');
    expect(judged(widget({ phase: 'Fine' }, { name: 'two' }), rule, one).state).toBe('ready');
  });

  test('is not asked of what its controller has not seen, or of what is being deleted', () => {
    expect(judged(widget({ phase: 'Fine', observedGeneration: 1 }), rule).state).toBe('progressing');
    expect(judged(widget({ phase: 'Fine' }, { deletionTimestamp: 'now' }), rule).state).toBe('terminating');
  });

  test('takes the place of the rule that comes with a kind; the others keep theirs', () => {
    const enough = { apiVersion: 'apps/v1', kind: 'Deployment', ready: 'self.status.availableReplicas >= 2' };
    expect(judged(deployment('a', 2, 3), enough).state).toBe('ready');
    expect(judged(deployment('a', 2, 3), rule).state).toBe('progressing');
  });
});

describe('rules in a step', () => {
  const refused = (more: object) =>
    kubernetesApply.safeParse({ manifests: ['a.yaml'], readiness: [{ ...rule, ...more }] }).error?.issues[0];

  test('are refused with the place of the mistake when an expression cannot be read', () => {
    expect(refused({ ready: 'self.status.phase = "Fine"' })).toMatchObject({
      path: ['readiness', 0, 'ready'],
      message: expect.stringMatching(/^column 19: /),
    });
    expect(refused({ failed: '1 + 1' })).toMatchObject({
      path: ['readiness', 0, 'failed'],
      message: 'gives a value of type int, not a truth',
    });
    expect(refused({})).toBeUndefined();
  });

  test('do not look at secrets', () => {
    expect(refused({ kind: 'Secret' })).toMatchObject({ path: ['readiness', 0, 'kind'] });
  });
});
