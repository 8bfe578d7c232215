import { afterEach, describe, expect, test } from '@jest/globals';
import type { Bundle } from '../../src/domain/bundle.ts';
import { measure } from '../../src/domain/measure.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { readMeasures } from '../../src/steps/measure.ts';
import { anywhere, within, type Reach } from '../../src/steps/reach.ts';
import { answering, closeAll, listening } from '../http/support.ts';

afterEach(closeAll);

const OWNER = { rollout: 'shop', environment: 'lab', bundle: '', run: 'r', phase: 'measures', step: 'now' };
const METRICS = { kind: 'http', url: { fromEnv: 'METRICS_URL' } } as const;

function read(
  measures: readonly object[],
  env: Readonly<Record<string, string>>,
  reach: Reach = anywhere(env),
  signal = new AbortController().signal,
) {
  const bundle = { targets: { metrics: METRICS }, measures: measures.map((one) => measure.parse(one)) } as Pick<
    Bundle,
    'targets' | 'measures'
  >;
  return readMeasures(bundle, reach, { signal, owner: OWNER });
}
const http = (name: string, json: object, more: object = {}) => ({
  ...{ name, target: 'metrics', with: { protocol: 'http', path: '/', json }, ...more },
});

describe('reading the measures of a bundle', () => {
  test('gives a number each, in their order, with what was asked of whom', async () => {
    const host = await answering('{"a": 3, "b": "4.5", "big": "18446744073709551616"}');
    const readings = await read(
      [
        http('b', { at: '/b' }, { title: 'The B', unit: 'pods', better: 'higher' }),
        http('a', { value: 'self.a + 1' }),
        http('big', { at: '/big' }),
      ],
      { METRICS_URL: `http://ada:s3cret@${host}` },
    );
    const of = (value: string) => ({ source: `${value} of GET http://${host}/`, time: expect.any(String) });
    expect(readings).toEqual([
      { name: 'b', title: 'The B', unit: 'pods', better: 'higher', value: 4.5, ...of('/b') },
      { name: 'a', title: 'a', value: 4, ...of('self.a + 1') },
      { name: 'big', title: 'big', value: 18_446_744_073_709_552_000, ...of('/big') },
    ]);
    expect(JSON.stringify(readings)).not.toContain('s3cret');
  });

  test('makes none of them fail: each that cannot be read is unknown and says why', async () => {
    const host = await listening((request, response) => {
      if (request.url?.startsWith('/api/v1/query') === true)
        response.end('{"status":"success","data":{"resultType":"vector","result":[]}}');
      else response.end('{"text": "up", "truth": true, "list": []}');
    });
    const readings = await read(
      [
        http('text', { at: '/text' }),
        http('truth', { at: '/truth' }),
        http('list', { at: '/list' }),
        { name: 'series', target: 'metrics', with: { protocol: 'promql', query: 'up' } },
        { name: 'gone', target: 'nowhere', with: { protocol: 'promql', query: 'up' } },
      ],
      { METRICS_URL: `http://${host}` },
    );
    expect(readings.map(({ name, value, why }) => [name, value, why])).toEqual([
      ['text', null, 'gave no number'],
      ['truth', null, 'gave no number'],
      ['list', null, 'is a list'],
      ['series', null, 'gave no series'],
      ['gone', null, expect.stringContaining('could not be asked: nowhere: The bundle binds no target nowhere')],
    ]);
  });

  test('says which reference has no value, and never the value of another', async () => {
    const [reading] = await read([http('a', { at: '/a' })], {});
    expect(reading).toMatchObject({
      value: null,
      why: expect.stringContaining('environment variable METRICS_URL: A reference has no value here'),
    });
  });

  test('asks only servers that the policy lists', async () => {
    const host = await answering('{"a": 1}');
    const env = { METRICS_URL: `http://${host}` };
    const policy = {
      ...{ signatures: 'optional', selfApproval: true, signers: {}, groups: {}, starters: [], gates: [] },
      ...{ references: { variables: ['METRICS_URL'], directories: [] }, endpoints: ['elsewhere:1'], downloads: [] },
      ...{ limits: { steps: 1, files: 1 }, freeze: [] },
    } as const;
    const asked = (endpoints: readonly string[]) =>
      read([http('a', { at: '/a' })], env, within({ ...policy, endpoints: [...endpoints] } as never, 'lab', env));
    expect(await asked(['elsewhere:1'])).toMatchObject([
      { value: null, why: expect.stringContaining('does not list') },
    ]);
    expect(await asked([host])).toMatchObject([{ value: 1 }]);
  });

  test('ends at once when it is aborted', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<undefined>();
    const host = await listening(() => {
      resolve(undefined);
    });
    const controller = new AbortController();
    const reading = read([http('a', { at: '/a' })], { METRICS_URL: `http://${host}` }, undefined, controller.signal);
    await asked;
    const reason = new WindlassFailure('Interrupted', 'It was cancelled.', { next: 'Nothing.' });
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});
