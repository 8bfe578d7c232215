import { describe, expect, test } from '@jest/globals';
import { read, readTexts } from '../../src/domain/json-fields.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { loadFlagship, objectsOf } from './flagship.ts';

const flagship = await loadFlagship('production');
const validating = objectsOf(flagship).filter(({ kind }) => kind === 'ValidatingPolicy');
const named = (prefix: string) =>
  validating
    .filter(({ metadata: { name } }) => name.startsWith(prefix))
    .map((policy) => [policy.metadata.name.slice(prefix.length), policy] as const);

/** What a policy says of objects, whatever becomes of those that break it. */
const rule = (policy: KubernetesObject | undefined) =>
  ['matchConstraints', 'variables', 'validations'].map((field) => read(policy, 'spec', field));

describe('the policies of the flagship', () => {
  test('say in Audit what they refuse in Deny, word for word', () => {
    const [audit, enforced] = [named('audit-'), new Map(named('require-'))];
    expect(audit.length + enforced.size).toBe(validating.length);
    expect([...enforced.keys()].toSorted()).toEqual(audit.map(([name]) => name).toSorted());
    for (const [name, policy] of audit) {
      expect(rule(enforced.get(name))).toEqual(rule(policy));
      expect(readTexts(policy, 'spec', 'validationActions')).toEqual(['Audit']);
      expect(readTexts(enforced.get(name), 'spec', 'validationActions')).toEqual(['Deny']);
    }
  });

  test('are asked about what is there before they refuse, each of them', () => {
    const steps = flagship.bundle.phases.flatMap(({ steps: all }) => all);
    const asked = steps.flatMap((step) => (step.kind === 'policy.reports' ? step.with.policies : []));
    expect(asked.toSorted()).toEqual(
      named('audit-')
        .map(([name]) => `audit-${name}`)
        .toSorted(),
    );
  });
});
