import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { KindRef } from '../../src/domain/kubernetes-api.ts';
import { inDeletionStages, inStages, STAGES, stageOf } from '../../src/kubernetes/order.ts';

const KINDS: readonly KindRef[] = [
  { apiVersion: 'v1', kind: 'Namespace' },
  { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
  { apiVersion: 'v1', kind: 'ServiceAccount' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'Secret' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'example.com/v1', kind: 'Widget' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
  { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' },
];
const sets = fc.array(fc.record({ kind: fc.constantFrom(...KINDS), id: fc.nat() }));
const stagesOf = (set: { kind: KindRef; id: number }[]) => inStages(set, ({ kind }) => kind);

describe('the order of an apply', () => {
  test('loses nothing and adds nothing', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const flat = stagesOf(set).flatMap(({ items }) => items);
        expect(flat.length).toBe(set.length);
        expect(new Set(flat)).toEqual(new Set(set));
      }),
    );
  });

  test('goes through the stages in one direction, each at most once, none empty', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const stages = stagesOf(set);
        const places = stages.map(({ stage }) => STAGES.indexOf(stage));
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        expect(stages.every(({ items }) => items.length > 0)).toBe(true);
      }),
    );
  });

  test('keeps the order of declaration within a stage', () => {
    fc.assert(
      fc.property(sets, (set) => {
        for (const { stage, items } of stagesOf(set))
          expect(items).toEqual(set.filter(({ kind }) => stageOf(kind) === stage));
      }),
    );
  });

  test('does not depend on how the declarations are shuffled', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const names = (input: typeof set) => stagesOf(input).map(({ stage, items }) => [stage, items.length]);
        expect(names([...set].reverse())).toEqual(names(set));
      }),
    );
  });

  test.each([
    ['a namespace', 'v1', 'Namespace', 'a ConfigMap', 'v1', 'ConfigMap'],
    ['a definition', 'apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'its object', 'example.com/v1', 'Widget'],
    ['a service account', 'v1', 'ServiceAccount', 'a Deployment', 'apps/v1', 'Deployment'],
    ['a Secret', 'v1', 'Secret', 'a StatefulSet', 'apps/v1', 'StatefulSet'],
    [
      'a Deployment',
      'apps/v1',
      'Deployment',
      'its webhook',
      'admissionregistration.k8s.io/v1',
      'MutatingWebhookConfiguration',
    ],
  ])('puts %s before %s', (_first, version, kind, _second, laterVersion, laterKind) => {
    const place = (apiVersion: string, of: string) => STAGES.indexOf(stageOf({ apiVersion, kind: of }));
    expect(place(version, kind)).toBeLessThan(place(laterVersion, laterKind));
  });
});

describe('the order of a deletion', () => {
  // The groups that the API server serves by itself; the kinds of all others are custom.
  test.each([
    'certificates.k8s.io/v1',
    'coordination.k8s.io/v1',
    'discovery.k8s.io/v1',
    'events.k8s.io/v1',
    'flowcontrol.apiserver.k8s.io/v1',
    'internal.apiserver.k8s.io/v1alpha1',
    'networking.k8s.io/v1',
    'node.k8s.io/v1',
    'policy/v1',
    'resource.k8s.io/v1',
    'scheduling.k8s.io/v1',
    'storage.k8s.io/v1',
    'storagemigration.k8s.io/v1beta1',
  ])('keeps objects of %s for as long as the workloads that use them', (apiVersion) => {
    const kinds = [
      { apiVersion, kind: 'Any' },
      { apiVersion: 'apps/v1', kind: 'Deployment' },
    ];
    const stages = inDeletionStages(kinds, (kind) => kind);
    expect(stages.map(({ items }) => items[0]?.kind)).toEqual(['Deployment', 'Any']);
  });
});
