import { describe, expect, test } from '@jest/globals';
import { expressionProblem } from '../../src/domain/expression.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { judge } from '../../src/kubernetes/status/judge.ts';
import { OwnRules } from '../../src/kubernetes/status/own-rules.ts';
import { readShippedRules, shippedRuleFor } from '../../src/kubernetes/status/shipped-rules.ts';

const rules = readShippedRules();
const kinds = rules.flatMap(({ group, kinds: of }) => of.map((kind) => ({ group, kind })));

describe('the rules that come with Windlass', () => {
  test('can all be read', () => {
    const problems = rules.flatMap(({ group, kinds: of, ready, failed }) =>
      [ready, ...(failed === undefined ? [] : [failed])].flatMap((expression) => {
        const problem = expressionProblem(expression);
        return problem === null ? [] : [`${group} ${of.join(', ')}: ${problem}`];
      }),
    );
    expect(problems).toEqual([]);
  });

  test('speak of no kind twice', () => {
    const names = kinds.map(({ group, kind }) => `${group}/${kind}`);
    expect(names).toEqual([...new Set(names)]);
  });

  test('hold for every version of a group, and for groups below one where they say so', () => {
    expect(shippedRuleFor({ apiVersion: 'kafka.strimzi.io/v1beta2', kind: 'Kafka' })).not.toBeNull();
    expect(shippedRuleFor({ apiVersion: 'kibana.k8s.elastic.co/v1', kind: 'Kibana' })).not.toBeNull();
    expect(shippedRuleFor({ apiVersion: 'notk8s.elastic.co/v1', kind: 'Kibana' })).toBeNull();
    expect(shippedRuleFor({ apiVersion: 'grafana.integreatly.org/v1', kind: 'SomethingNew' })).not.toBeNull();
    expect(shippedRuleFor({ apiVersion: 'kafka.strimzi.io/v1', kind: 'SomethingNew' })).toBeNull();
  });

  test.each(kinds)(
    'never call a $kind of $group ready while it is being deleted or was not looked at',
    ({ group, kind }) => {
      const apiVersion = `${group.replace('*', 'x')}/v1`;
      const object = (metadata: object, status: object): KubernetesObject => ({
        apiVersion,
        kind: kind === '*' ? 'Any' : kind,
        metadata: { name: 'one', ...metadata },
        status: status as KubernetesObject['status'] & object,
      });
      expect(judge(object({ deletionTimestamp: '2026-01-01T00:00:00Z' }, {})).state).toBe('terminating');
      expect(judge(object({ generation: 2 }, { observedGeneration: 1 })).state).toBe('progressing');
    },
  );

  test('give way to a rule of the rollout', () => {
    const kafka: KubernetesObject = {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'Kafka',
      metadata: { name: 'events', generation: 1 },
      status: { conditions: [{ type: 'NotReady', status: 'True' }] },
    };
    const own = new OwnRules([{ apiVersion: 'kafka.strimzi.io/v1', kind: 'Kafka', ready: 'true' }]);
    expect([judge(kafka).state, own.judge(kafka).state]).toEqual(['progressing', 'ready']);
  });
});
