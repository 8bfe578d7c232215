import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/domain/json.ts';
import { inputOf } from '../../../src/lab/pod-inputs/input.ts';
import { DAMAGED } from '../../../src/lab/pod-inputs/mark.ts';
import { referencesOf, type InputKind } from '../../../src/lab/pod-inputs/references.ts';
import { verdictOf } from '../../../src/lab/pod-inputs/verdict.ts';

const encoded = (text: string) => Buffer.from(text).toString('base64');
const there: Readonly<Record<string, JsonObject>> = {
  'Secret/login': {
    data: { user: encoded('app'), password: encoded('s3cret'), url: encoded('db://app:CHANGE_ME@db') },
  },
  'Secret/stale': { data: { password: encoded('CHANGE_ME') } },
  'ConfigMap/settings': { data: { level: 'info', host: 'CHANGE_ME' } },
  'ConfigMap/sound': { data: { level: 'info' }, binaryData: { blob: 'AAAA' } },
  'PersistentVolumeClaim/data': { metadata: { annotations: { [DAMAGED]: 'its log ends in the middle of an entry' } } },
  'PersistentVolumeClaim/fresh': { metadata: {} },
};

function judged(spec: JsonObject) {
  return verdictOf('shop', referencesOf({ spec }), ({ kind, name }) => {
    const object = there[`${kind}/${name}`];
    return object === undefined ? undefined : inputOf(object, kind);
  });
}

const withEnv = (valueFrom: JsonObject) => judged({ containers: [{ name: 'main', env: [{ name: 'A', valueFrom }] }] });
const withVolume = (volume: JsonObject) =>
  judged({ containers: [{ name: 'main' }], volumes: [{ name: 'v', ...volume }] });

describe('a pod comes up', () => {
  test.each<[string, JsonObject]>([
    ['given nothing', { containers: [{ name: 'main', env: [{ name: 'A', value: 'b' }] }] }],
    [
      'with a key that is there',
      { containers: [{ env: [{ valueFrom: { secretKeyRef: { name: 'login', key: 'user' } } }] }] },
    ],
    ['without what is optional', { containers: [{ envFrom: [{ secretRef: { name: 'none', optional: true } }] }] }],
    [
      'without an optional key',
      { containers: [{ env: [{ valueFrom: { secretKeyRef: { name: 'login', key: 'x', optional: true } } }] }] },
    ],
    [
      'with what the API server mounts by itself',
      {
        volumes: [
          {
            name: 't',
            projected: { sources: [{ serviceAccountToken: {} }, { configMap: { name: 'kube-root-ca.crt' } }] },
          },
        ],
      },
    ],
    [
      'with a mounted key of bytes',
      { volumes: [{ name: 'v', configMap: { name: 'sound', items: [{ key: 'blob', path: 'b' }] } }] },
    ],
    ['with a sound claim', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'fresh' } }] }],
    [
      'with a claim that is not there, which its scheduler waits for',
      { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'none' } }] },
    ],
  ])('%s', (_what, spec) => {
    expect(judged(spec)).toBeNull();
  });
});

describe('a kubelet says', () => {
  test('that a Secret for the environment is not there', () => {
    expect(withEnv({ secretKeyRef: { name: 'none', key: 'password' } })).toEqual({
      obstacle: 'CreateContainerConfigError',
      message: 'secret "none" not found',
    });
  });

  test('that a key is not in it', () => {
    expect(withEnv({ secretKeyRef: { name: 'login', key: 'token' } })).toEqual({
      obstacle: 'CreateContainerConfigError',
      message: "couldn't find key token in Secret shop/login",
    });
    expect(withEnv({ configMapKeyRef: { name: 'sound', key: 'token' } })?.message).toBe(
      "couldn't find key token in ConfigMap shop/sound",
    );
  });

  test('so of all keys for variables, and of init containers too', () => {
    const envFrom = [{ configMapRef: { name: 'none' } }];
    for (const field of ['containers', 'initContainers'])
      expect(judged({ [field]: [{ name: 'main', envFrom }] })?.message).toBe('configmap "none" not found');
  });

  test('that a volume cannot be mounted, before anything of the environment', () => {
    const message = 'MountVolume.SetUp failed for volume "v" : secret "none" not found';
    expect(withVolume({ secret: { secretName: 'none' } })).toEqual({ obstacle: 'FailedMount', message });
    expect(withVolume({ projected: { sources: [{ secret: { name: 'none' } }] } })).toEqual({
      obstacle: 'FailedMount',
      message,
    });
    const both = judged({
      containers: [{ name: 'main', envFrom: [{ secretRef: { name: 'none-either' } }] }],
      volumes: [{ name: 'v', configMap: { name: 'sound', items: [{ key: 'absent', path: 'a' }] } }],
    });
    expect(both?.message).toBe(
      'MountVolume.SetUp failed for volume "v" : references non-existent configmap key: absent',
    );
  });
});

describe('a container ends, having written', () => {
  test.each<[string, JsonObject, string]>([
    [
      'which variable holds the placeholder',
      { secretKeyRef: { name: 'stale', key: 'password' } },
      'A: key password of Secret stale still holds CHANGE_ME',
    ],
    [
      'so when the placeholder is a part of the value',
      { secretKeyRef: { name: 'login', key: 'url' } },
      'A: key url of Secret login still holds CHANGE_ME',
    ],
    [
      'so of a ConfigMap',
      { configMapKeyRef: { name: 'settings', key: 'host' } },
      'A: key host of ConfigMap settings still holds CHANGE_ME',
    ],
  ])('%s', (_what, valueFrom, message) => {
    expect(withEnv(valueFrom)).toEqual({ obstacle: 'CrashLoopBackOff', message });
  });

  test('which file does, of all that are mounted', () => {
    expect(withVolume({ secret: { secretName: 'stale' } })).toEqual({
      obstacle: 'CrashLoopBackOff',
      message: 'volume v: key password of Secret stale still holds CHANGE_ME',
    });
    expect(withVolume({ secret: { secretName: 'login', items: [{ key: 'user', path: 'u' }] } })).toBeNull();
  });

  test('what is wrong with the data in its volume', () => {
    expect(withVolume({ persistentVolumeClaim: { claimName: 'data' } })).toEqual({
      obstacle: 'CrashLoopBackOff',
      message: 'volume v: its log ends in the middle of an entry',
    });
  });
});

test('No value of a Secret is kept', () => {
  const kept = inputOf(there['Secret/login']!, 'Secret' satisfies InputKind);
  expect([...kept.keys]).toEqual([
    ['user', false],
    ['password', false],
    ['url', true],
  ]);
});
