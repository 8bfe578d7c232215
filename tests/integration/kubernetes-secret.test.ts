import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { EngineContext } from '../../src/domain/step-engine.ts';
import { kubernetesSecret, type KubernetesSecretSpec } from '../../src/domain/kinds/kubernetes-secret.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesSecretEngine } from '../../src/kubernetes/secret/secret-engine.ts';
import { contextOf, failureOf, freshName, namespace, namespaceRef, Stranger } from '../kubernetes/cluster.ts';
import { told } from '../support/told.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let stranger: Stranger;
let ns: string;
let env: Record<string, string>;

beforeAll(async () => {
  client = await openLabCluster();
  stranger = await Stranger.open();
});
afterAll(async () => {
  await Promise.all([client.close(), stranger.close()]);
});
beforeEach(async () => {
  ns = freshName('secret');
  env = { PASSWORD: 'hunter2-of-the-test' };
  await client.apply(namespace(ns));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await client.delete(namespaceRef(ns));
});

const engine = () => kubernetesSecretEngine(client);
const context = (): EngineContext => ({
  ...contextOf(''),
  resolve: (reference) => Promise.resolve('fromEnv' in reference ? (env[reference.fromEnv] ?? '') : ''),
});
const specOf = (more: object) =>
  kubernetesSecret.parse({ name: 'login', namespace: ns, ...more }) as KubernetesSecretSpec;
const password = { password: { fromEnv: 'PASSWORD' } };
const read = async (): Promise<Record<string, string>> => {
  const secret = await client.get({ apiVersion: 'v1', kind: 'Secret', namespace: ns, name: 'login' });
  const data = (secret?.data ?? {}) as Record<string, string>;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
};
const apply = (more: object) => engine().apply(specOf(more), context());
const plan = (more: object) => engine().plan(specOf(more), context());

describe('a value from a reference', () => {
  test('is planned, set and verified without being told to anybody; again it costs no write', async () => {
    const shown = [await plan({ data: password }), await apply({ data: password })] as const;
    expect(await read()).toEqual({ password: 'hunter2-of-the-test' });
    expect(shown).toMatchObject([
      [
        {
          action: 'create',
          what: `Secret ${ns}/login`,
          destructive: false,
          detail: ['data.password: set to the value of environment variable PASSWORD'],
        },
      ],
      { findings: [{ kind: 'secret-holds', holds: true, observed: { keys: ['password'] } }] },
    ]);
    expect(told(shown[1].findings)).toMatchObject([{ claim: 'holds password as declared' }]);
    const writes = jest.spyOn(client, 'apply');
    expect((await apply({ data: password })).changes).toMatchObject([{ action: 'unchanged' }]);
    expect(writes).not.toHaveBeenCalled();
    expect(await engine().verify(specOf({ data: password }), context())).toMatchObject([{ holds: true }]);
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(JSON.stringify(shown)).not.toContain(Buffer.from(env.PASSWORD ?? '').toString('base64'));
  });

  test('that is another by now is changed, after verify has said so; other keys stay', async () => {
    await apply({ data: password });
    await stranger.edit(`/api/v1/namespaces/${ns}/secrets/login`, { stringData: { foreign: 'kept' } });
    env.PASSWORD = 'another-value';
    expect(await engine().verify(specOf({ data: password }), context())).toMatchObject([{ holds: false }]);
    expect((await apply({ data: password })).changes).toMatchObject([
      {
        action: 'update',
        destructive: false,
        detail: ['data.password: changed to the value of environment variable PASSWORD'],
      },
    ]);
    expect(await read()).toEqual({ password: 'another-value', foreign: 'kept' });
  });

  test('must not be empty, nor be written over what somebody else has set there unless forced', async () => {
    await stranger.create(`/api/v1/namespaces/${ns}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login' },
      stringData: { password: 'of-somebody-else' },
    });
    const refused = await failureOf(apply({ data: password }));
    expect(refused.type).toBe('OwnershipConflict');
    expect(JSON.stringify(refused.summary())).not.toMatch(/hunter2|somebody/);
    expect(await read()).toEqual({ password: 'of-somebody-else' });
    expect(await plan({ data: password, force: true })).toMatchObject([{ action: 'update', destructive: true }]);
    await apply({ data: password, force: true });
    expect(await read()).toEqual({ password: 'hunter2-of-the-test' });
    env.PASSWORD = '';
    expect((await failureOf(plan({ data: password }))).type).toBe('ReferenceUnresolved');
  });

  test('takes the place of a placeholder that somebody else set there, and of nothing else, without a gate', async () => {
    await stranger.create(`/api/v1/namespaces/${ns}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login' },
      stringData: { password: 'CHANGE_ME', user: 'CHANGE_ME' },
    });
    const spec = { data: { ...password, user: { fromEnv: 'PASSWORD' } }, placeholders: ['CHANGE_ME'] };
    expect(await plan(spec)).toMatchObject([
      {
        action: 'update',
        destructive: false,
        detail: expect.arrayContaining([expect.stringContaining('data.user: set in place of a placeholder')]),
      },
    ]);
    // Another text is a value of somebody's.
    expect((await failureOf(apply({ ...spec, placeholders: ['TODO'] }))).type).toBe('OwnershipConflict');
    await stranger.edit(`/api/v1/namespaces/${ns}/secrets/login`, { stringData: { user: 'ada' } });
    expect((await failureOf(apply(spec))).type).toBe('OwnershipConflict');
    expect(await read()).toEqual({ password: 'CHANGE_ME', user: 'ada' });
    await stranger.edit(`/api/v1/namespaces/${ns}/secrets/login`, { stringData: { user: 'CHANGE_ME' } });
    await apply(spec);
    expect(await read()).toEqual({ password: 'hunter2-of-the-test', user: 'hunter2-of-the-test' });
    expect(await plan(spec)).toMatchObject([{ action: 'unchanged' }]);
  });

  test('that leaves the rollout is taken away, behind a gate', async () => {
    await apply({ data: { ...password, old: { fromEnv: 'PASSWORD' } } });
    expect(await plan({ data: password })).toMatchObject([
      { action: 'update', destructive: true, detail: ['data.old: *** -> (absent)'] },
    ]);
    await apply({ data: password });
    expect(Object.keys(await read())).toEqual(['password']);
  });
});

describe('a generated value', () => {
  test('is made once, as long and of the characters that are asked for, and then kept', async () => {
    const generate = { cookie: { length: 40, alphabet: 'hex' } };
    const told = [await plan({ generate }), await apply({ generate })];
    const { cookie = '' } = await read();
    expect(cookie).toMatch(/^[0-9a-f]{40}$/);
    expect(told).toMatchObject([[{ action: 'create', detail: ['data.cookie: generated (40 characters, hex)'] }], {}]);
    expect(JSON.stringify(told)).not.toContain(cookie);
    expect((await apply({ generate: { cookie: { length: 8 } } })).changes).toMatchObject([{ action: 'unchanged' }]);
    expect(await read()).toEqual({ cookie });
  });

  test('is kept where somebody made it before', async () => {
    await stranger.create(`/api/v1/namespaces/${ns}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login' },
      stringData: { cookie: 'made-by-hand' },
    });
    await apply({ generate: { cookie: {} } });
    expect(await read()).toEqual({ cookie: 'made-by-hand' });
  });

  test('is another whenever another rotation is asked for, behind a gate, and only then', async () => {
    const rotated = (rotate?: string) => ({ generate: { cookie: rotate === undefined ? {} : { rotate } } });
    await apply(rotated());
    const first = await read();
    expect(await plan(rotated('monday'))).toMatchObject([
      {
        action: 'update',
        destructive: true,
        detail: [expect.stringMatching(/^data.cookie: rotated .* is lost$/), expect.anything()],
      },
    ]);
    await apply(rotated('monday'));
    const second = await read();
    expect(second).not.toEqual(first);
    expect((await apply(rotated('monday'))).changes).toMatchObject([{ action: 'unchanged' }]);
    expect(await read()).toEqual(second);
    await apply(rotated('tuesday'));
    expect(await read()).not.toEqual(second);
  });

  test('is rotated once by an attempt whose answer was lost and the next', async () => {
    await apply({ generate: { cookie: {} } });
    const rotation = { generate: { cookie: { rotate: 'monday' } } };
    const stored = client.apply.bind(client);
    jest.spyOn(client, 'apply').mockImplementation(async (object, options) => {
      const answer = await stored(object, options);
      if (options?.dryRun === true) return answer;
      throw new Error('killed before the answer came');
    });
    await expect(apply(rotation)).rejects.toThrow('killed');
    jest.restoreAllMocks();
    const rotated = await read();
    expect((await apply(rotation)).changes).toMatchObject([{ action: 'unchanged' }]);
    expect(await read()).toEqual(rotated);
  });
});

test('a type that cannot be changed, and a namespace that is not there, are refused by name', async () => {
  await apply({ data: password });
  const failure = await failureOf(
    apply({ data: { ...password, username: { fromEnv: 'PASSWORD' } }, type: 'kubernetes.io/basic-auth' }),
  );
  expect(failure.type).toBe('InvalidManifest');
  expect(JSON.stringify(failure.summary())).not.toContain('hunter2');
  expect(await failureOf(plan({ data: password, namespace: `${ns}-other` }))).toMatchObject({
    type: 'NotFound',
    options: { facts: { namespaces: [`${ns}-other`] } },
  });
});
