import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../src/domain/json.ts';
import {
  difference,
  fieldsOf,
  filter,
  intersection,
  unite,
  type FieldSet,
} from '../../src/kubernetes/adopt/field-set.ts';
import { takeOf } from '../../src/kubernetes/adopt/take.ts';
import type { Declared } from '../../src/kubernetes/declare.ts';

/** Sets over a few names, so that two of them have much in common. */
const fieldSet: fc.Arbitrary<FieldSet> = fc
  .letrec<{ tree: JsonObject; children: JsonObject }>((tie) => ({
    tree: fc.oneof({ depthSize: 'small' }, fc.constant({}), tie('children')),
    children: fc.dictionary(
      fc.constantFrom('f:a', 'f:b', 'k:{"name":"main"}', 'v:"x"', '.'),
      fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.constant({}), tie('children')),
      { minKeys: 1, maxKeys: 4 },
    ),
  }))
  .children.map((set) => sound(set, true));

/** `.` has nothing below it, and the whole object is in no set. */
function sound(set: FieldSet, root: boolean): FieldSet {
  return Object.fromEntries(
    Object.entries(set)
      .filter(([key]) => key !== '.' || !root)
      .map(([key, child]) => [key, key === '.' ? {} : sound(child as FieldSet, false)]),
  );
}

const members = (set: FieldSet) => [...new Set(fieldsOf(set))].sort();

describe('sets of fields', () => {
  test('come apart into what is shared and what is not, and together again', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        const [both, only] = [intersection(a, b), difference(a, b)];
        const right = new Set(members(b));
        expect(members(both)).toEqual(members(a).filter((field) => right.has(field)));
        expect(members(only)).toEqual(members(a).filter((field) => !right.has(field)));
        expect(members(unite(both, only))).toEqual(members(a));
        expect(members(unite(a, b))).toEqual([...new Set([...members(a), ...members(b)])].sort());
      }),
    );
  });

  test('are written as the API server writes them in a conflict', () => {
    const set = {
      'f:metadata': { 'f:finalizers': { '.': {}, 'v:"a/b"': {} } },
      'f:spec': {
        'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {} } },
        'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': { 'f:image': {} } } } },
      },
    };
    expect(fieldsOf(set)).toEqual([
      '.metadata.finalizers',
      '.metadata.finalizers[="a/b"]',
      '.spec.ports[port=80,protocol="TCP"]',
      '.spec.ports[port=80,protocol="TCP"].name',
      '.spec.template.spec.containers[name="main"].image',
    ]);
    expect(fieldsOf(filter(set, (field) => field.endsWith('.image')))).toHaveLength(1);
  });
});

describe('what may be taken', () => {
  const web = { label: 'Deployment data/web', ref: { kind: 'Deployment' } } as Declared;
  const may = (object: string, field: string, asked: string) =>
    takeOf({ take: [{ object, fields: [field] }] }, web)(asked);

  test.each([
    ['Deployment', 'spec.replicas', '.spec.replicas', true],
    ['Deployment data/web', '.spec.replicas', '.spec.replicas', true],
    ['Deployment data/api', 'spec.replicas', '.spec.replicas', false],
    ['StatefulSet', 'spec.replicas', '.spec.replicas', false],
    ['Deployment', 'spec.template', '.spec.template.spec.containers[name="main"].image', true],
    ['Deployment', 'spec.template.spec.containers', '.spec.template.spec.containers[name="main"].image', true],
    ['Deployment', 'spec.temp', '.spec.template.spec', false],
    ['Deployment', 'metadata.labels.app', '.metadata.labels.app.kubernetes.io/name', true],
  ])('of %s by %s is %s: %p', (object, field, asked, allowed) => {
    expect(may(object, field, asked)).toBe(allowed);
  });
});
