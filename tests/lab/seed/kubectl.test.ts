import { expect, test } from '@jest/globals';
import { asApplied, editOf } from '../../../src/lab/seed/kubectl.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const settings = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'shop' },
  data: { rule: 'a < b & c > d' },
};

test('An applied object carries its configuration as kubectl writes it', () => {
  expect(asApplied(settings).metadata.annotations).toEqual({
    [LAST_APPLIED]:
      String.raw`{"apiVersion":"v1","data":{"rule":"a \u003c b \u0026 c \u003e d"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"settings","namespace":"shop"}}` +
      '\n',
  });
});

test('Its own annotations stay, in the configuration and beside it', () => {
  const annotated = { ...settings, metadata: { ...settings.metadata, annotations: { note: 'by hand' } } };
  const { annotations } = asApplied(annotated).metadata;
  expect(annotations).toHaveProperty('note', 'by hand');
  expect(JSON.parse(annotations![LAST_APPLIED]!)).toEqual(annotated);
});

test('Edits of built-in kinds merge lists by their keys; other kinds know no such merge', () => {
  const kindOf = (apiVersion: string) => editOf({ apiVersion, kind: 'X', metadata: { name: 'x' } }).kind;
  for (const apiVersion of ['v1', 'apps/v1', 'batch/v1', 'networking.k8s.io/v1'])
    expect(kindOf(apiVersion)).toBe('strategic-merge-patch+json');
  for (const apiVersion of ['velero.io/v1', 'kyverno.io/v1']) expect(kindOf(apiVersion)).toBe('merge-patch+json');
});
