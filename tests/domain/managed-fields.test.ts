import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { authorsOf } from '../../src/domain/managed-fields.ts';

const entry = (manager: string, fieldsV1: Json, time?: string): Json => ({
  ...{ manager, operation: 'Update', fieldsV1 },
  ...(time === undefined ? {} : { time }),
});
const EARLY = '2026-01-01T00:00:00Z';
const LATE = '2026-02-01T00:00:00Z';
const container = (fields: Json): Json => ({
  'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': fields } } } },
});
const IMAGE = ['spec', 'template', 'spec', 'containers', '[main]', 'image'];

const web = (...managedFields: Json[]): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', managedFields, finalizers: ['a.example/x', 'b.example/y'] },
  spec: {
    replicas: 5,
    selector: { matchLabels: { app: 'web' } },
    template: {
      spec: {
        containers: [
          { name: 'side', image: 's' },
          { name: 'main', image: 'web:2' },
        ],
      },
    },
  },
});

describe('who set a field', () => {
  test('is each manager that owns it, who wrote last first', () => {
    const object = web(
      entry('windlass', { 'f:spec': { 'f:replicas': {} } }, EARLY),
      entry('kubectl-edit', { 'f:spec': { 'f:replicas': {} } }, LATE),
      entry('other', { 'f:spec': { 'f:paused': {} } }, LATE),
    );
    expect(authorsOf(object, ['spec', 'replicas'])).toEqual([
      { manager: 'kubectl-edit', since: LATE },
      { manager: 'windlass', since: EARLY },
    ]);
  });

  test('is found in items of lists, by their name and by their place', () => {
    const object = web(entry('kubectl-set', container({ '.': {}, 'f:image': {} }), LATE));
    expect(authorsOf(object, IMAGE)).toEqual([{ manager: 'kubectl-set', since: LATE }]);
    expect(authorsOf(object, IMAGE.with(4, '[1]'))).toEqual([{ manager: 'kubectl-set', since: LATE }]);
    expect(authorsOf(object, IMAGE.with(4, '[side]'))).toEqual([]);
    const finalizers = web(entry('x', { 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"b.example/y"': {} } } }));
    expect(authorsOf(finalizers, ['metadata', 'finalizers', '[1]'])).toEqual([{ manager: 'x', since: null }]);
    expect(authorsOf(finalizers, ['metadata', 'finalizers', '[0]'])).toEqual([]);
  });

  test('who owns a field as a whole owns what is below it, and who owns what is below it has set it', () => {
    const object = web(
      entry('whole', { 'f:spec': { 'f:selector': {} } }, EARLY),
      entry('part', { 'f:spec': { 'f:template': { 'f:spec': {} } } }, EARLY),
    );
    expect(authorsOf(object, ['spec', 'selector', 'matchLabels', 'app'])).toEqual([{ manager: 'whole', since: EARLY }]);
    expect(authorsOf(object, ['spec', 'template'])).toEqual([{ manager: 'part', since: EARLY }]);
  });

  test('is nobody where the field is not there, and each manager only once', () => {
    const both = web(
      entry('kubectl', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }, EARLY),
      entry('kubectl', { 'f:spec': { 'f:replicas': {} } }, LATE),
    );
    expect(authorsOf(both, ['spec', 'paused'])).toEqual([]);
    expect(authorsOf(both, ['spec', 'replicas'])).toEqual([{ manager: 'kubectl', since: LATE }]);
  });
});
