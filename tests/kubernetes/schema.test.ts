import { describe, expect, test } from '@jest/globals';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { pathText } from '../../src/kubernetes/manifests/manifest.ts';
import { misfits } from '../../src/kubernetes/schema/check.ts';
import { SchemaSet } from '../../src/kubernetes/schema/flat.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** In the shape of what API servers publish. */
const published: JsonObject = {
  Deployment: {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { default: {}, allOf: [ref('ObjectMeta')] },
      spec: { allOf: [ref('Spec')] },
    },
  },
  ObjectMeta: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      labels: { type: 'object', additionalProperties: { type: 'string', default: '' } },
    },
  },
  Spec: {
    type: 'object',
    properties: {
      replicas: { type: 'integer', format: 'int32' },
      paused: { type: 'boolean' },
      ratio: { type: 'number' },
      policy: { type: 'string', enum: ['Always', 'Never'] },
      maxSurge: ref('IntOrString'),
      limits: { type: 'object', additionalProperties: ref('Quantity') },
      data: { type: 'object', additionalProperties: { type: 'string', format: 'byte' } },
      anything: ref('RawExtension'),
      self: { allOf: [ref('Spec')] },
      ports: {
        type: 'array',
        items: { default: {}, allOf: [ref('Port')] },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'protocol'],
      },
    },
  },
  Port: {
    type: 'object',
    properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, name: { type: 'string' } },
  },
  IntOrString: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  Quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  RawExtension: { type: 'object' },
};

const check = (spec: Json) =>
  misfits(
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' }, spec },
    ref('Deployment'),
    new SchemaSet(published, false),
    null,
  ).map(({ path, what }) => `${pathText(path)}: ${what}`);

describe('a manifest against a published schema', () => {
  test('fits', () => {
    const spec = {
      replicas: 3,
      paused: false,
      ratio: 0.5,
      policy: 'Never',
      maxSurge: '25%',
      limits: { cpu: 1, memory: '1Gi' },
      data: { a: 'aGk=' },
      anything: { goes: [{ here: 1 }] },
      self: { self: { replicas: 1 } },
      ports: [{ port: 80 }, { port: 80, protocol: 'UDP' }],
    };
    expect(check(spec)).toEqual([]);
  });

  test('unknown fields are all told, however deep, with what was probably meant', () => {
    expect(check({ replica: 3, self: { self: { zzz: 1 } }, ports: [{ port: 80, Name: 'web' }] })).toEqual([
      'spec.replica: unknown field "replica", did you mean "replicas"?',
      'spec.self.self.zzz: unknown field "zzz"',
      'spec.ports[0].Name: unknown field "Name", did you mean "name"?',
    ]);
  });

  test.each<[string, Json, string]>([
    ['an integer', { replicas: '3' }, 'spec.replicas: an integer is expected, a string was found'],
    ['no fraction', { replicas: 1.5 }, 'spec.replicas: an integer is expected, a number was found'],
    ['true or false', { paused: 'yes' }, 'spec.paused: true or false is expected, a string was found'],
    ['a list', { ports: {} }, 'spec.ports: a list is expected, a map was found'],
    ['a map', { limits: [] }, 'spec.limits: a map is expected, a list was found'],
    ['one of two types', { maxSurge: true }, 'spec.maxSurge: an integer or a string is expected, a boolean was found'],
    ['one of some values', { policy: 'always' }, 'spec.policy: must be one of "Always", "Never"'],
    ['base64', { data: { a: 'not base64!' } }, 'spec.data.a: must be base64 text'],
  ])('wants %s', (_what, spec, problem) => {
    expect(check(spec)).toEqual([problem]);
  });

  test('a label must be text', () => {
    const object = { metadata: { labels: { version: 1.1 } } };
    const found = misfits(object, ref('Deployment'), new SchemaSet(published, false), null);
    expect(found).toEqual([
      { path: ['metadata', 'labels', 'version'], what: 'a string is expected, a number was found' },
    ]);
  });

  test('null means absent', () => {
    expect(check({ replicas: null, ports: null, zero: null })).toEqual(['spec.zero: unknown field "zero"']);
  });

  test('two items of one key are refused as the server would, defaults counted in', () => {
    expect(check({ ports: [{ port: 80 }, { port: 81 }, { port: 80, protocol: 'TCP' }] })).toEqual([
      'spec.ports[2]: has the same port and protocol as item 0 of the list',
    ]);
  });

  test('problems never quote values', () => {
    expect(check({ replicas: 'hunter2', data: { a: 'hunter2!' }, policy: 'hunter2' }).join()).not.toContain('hunter2');
  });
});

describe('an object against the schema of a definition in the same set', () => {
  const definition: JsonObject = {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    properties: {
      metadata: { type: 'object' },
      spec: {
        type: 'object',
        properties: {
          size: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
          free: {
            type: 'object',
            'x-kubernetes-preserve-unknown-fields': true,
            properties: { known: { type: 'integer' } },
          },
          empty: { type: 'object' },
          template: {
            type: 'object',
            'x-kubernetes-embedded-resource': true,
            'x-kubernetes-preserve-unknown-fields': true,
          },
        },
      },
    },
  };
  const metadata = { schema: ref('ObjectMeta'), set: new SchemaSet(published, false) };
  const found = (value: JsonObject) =>
    misfits(
      { apiVersion: 'example.com/v1', kind: 'Widget', ...value },
      definition,
      new SchemaSet({}, true),
      metadata,
    ).map(({ path, what }) => `${pathText(path)}: ${what}`);

  test('fits, with what it says is open left open', () => {
    const template = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { a: 1 } };
    expect(found({ metadata: { name: 'x' }, spec: { size: 1, free: { any: 1, known: 2 }, template } })).toEqual([]);
    expect(found({ metadata: { name: 'x' }, spec: { size: 'big' } })).toEqual([]);
  });

  test('fields that would be pruned are unknown, also where the schema names none', () => {
    expect(found({ spec: { sise: 1, empty: { a: 1 } }, extra: 1 })).toEqual([
      'spec.sise: unknown field "sise", did you mean "size"?',
      'spec.empty.a: unknown field "a"',
      'extra: unknown field "extra"',
    ]);
  });

  test('known fields beside open ones keep their type', () => {
    expect(found({ spec: { free: { known: 'x' } } })).toEqual([
      'spec.free.known: an integer is expected, a string was found',
    ]);
  });

  test('metadata is held against the schema that all kinds share', () => {
    expect(found({ metadata: { name: 'x', lables: {} } })).toEqual([
      'metadata.lables: unknown field "lables", did you mean "labels"?',
    ]);
  });
});
