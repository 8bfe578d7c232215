import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.ts';
import { itemKey, ownersOf } from '../../src/kubernetes/plan/owners.ts';

const owned = (manager: string, fieldsV1: JsonObject): JsonObject => ({ manager, operation: 'Update', fieldsV1 });
const live = (spec: JsonObject, ...managedFields: JsonObject[]) => ({
  apiVersion: 'v1',
  kind: 'Any',
  metadata: { name: 'x', managedFields },
  spec,
});

describe('the owners of a field', () => {
  const LISTS: readonly [string, JsonObject, string, string][] = [
    ['ports', { name: 'web', port: 80, protocol: 'TCP', nodePort: 1 }, 'k:{"port":80,"protocol":"TCP"}', 'nodePort'],
    ['volumeMounts', { name: 'data', mountPath: '/d', subPath: 'a' }, 'k:{"mountPath":"/d"}', 'subPath'],
    ['hostAliases', { ip: '10.0.0.1', hostnames: ['a'] }, 'k:{"ip":"10.0.0.1"}', 'hostnames'],
    ['env', { name: 'A', value: '1' }, 'k:{"name":"A"}', 'value'],
  ];

  test.each(LISTS)('are found in %s, whatever tells the items apart', (list, item, key, field) => {
    const fields = { 'f:spec': { [`f:${list}`]: { [key]: { [`f:${field}`]: {} } } } };
    const object = live({ [list]: [item] }, owned('somebody', fields));
    const at = ['f:spec', `f:${list}`];
    expect(itemKey(object, at, item)).toBe(key);
    expect(ownersOf(object, [...at, key, `f:${field}`])).toEqual(['somebody']);
    const [name, value] = Object.entries(item)[0] ?? [];
    expect(ownersOf(object, [...at, `k:${JSON.stringify({ [name ?? '']: value })}`, `f:${field}`])).toEqual([
      'somebody',
    ]);
    expect(ownersOf(object, [...at, key, 'f:other'])).toEqual([]);
  });

  test('are nobody for an item that is not there', () => {
    const object = live({ ports: [] }, owned('somebody', { 'f:spec': { 'f:ports': {} } }));
    expect(ownersOf(object, ['f:spec', 'f:ports', 'k:{"name":"web"}'])).toEqual([]);
  });
});
