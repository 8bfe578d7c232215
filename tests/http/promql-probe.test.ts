import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { promqlProbeEngine, readPromql, type PromqlProbeSpec } from '../../src/http/promql-probe.ts';
import type { Json } from '../../src/domain/json.ts';
import { told } from '../support/told.ts';
import { answering, closeAll, contextWith, failureOf, listening, seenBy, serving, specOf } from './support.ts';

// The servers here are stand-ins that answer in the form of Prometheus' HTTP API.

afterEach(closeAll);

const vector = (...values: readonly string[]) => ({
  status: 'success',
  data: {
    resultType: 'vector',
    result: values.map((value, index) => ({ metric: { pod: String(index) }, value: [1_700_000_000, value] })),
  },
});
const of = (resultType: string, result: Json): Json => ({ status: 'success', data: { resultType, result } });
const spec = (more: Readonly<Record<string, unknown>>) =>
  specOf('promql', { query: 'up', ...more }) as unknown as PromqlProbeSpec;

async function reading(answer: Json | string, status = 200) {
  const host = await answering(typeof answer === 'string' ? answer : JSON.stringify(answer), status);
  return readPromql({ url: `http://${host}` }, spec({ equals: 1 }), { ...contextWith(), ms: 5_000 });
}

describe('what a PromQL query gives', () => {
  test.each<[string, Json, number]>([
    ['a vector of one series', vector('3'), 3],
    ['a fraction', vector('0.25'), 0.25],
    ['an exponent', vector('1e+06'), 1_000_000],
    ['a scalar', of('scalar', [1_700_000_000, '7']), 7],
    ['infinity', vector('+Inf'), Infinity],
    ['minus infinity', vector('-Inf'), -Infinity],
  ])('%s is a number', async (_, answer, value) => {
    await expect(reading(answer)).resolves.toEqual({ value });
  });

  test.each<[string, Json | string, number, string]>([
    ['no series', vector(), 200, 'gave no series'],
    ['several series', vector('1', '2'), 200, 'gave 2 series, where one number is asked for'],
    ['NaN', vector('NaN'), 200, 'gave NaN, which is no number'],
    ['a range', of('matrix', []), 200, 'gave a range of values, where one number is asked for'],
    ['a text', of('string', [1, 'x']), 200, 'gave a text, where one number is asked for'],
    [
      'a histogram',
      of('vector', [{ metric: {}, histogram: [1, { count: '1' }] }]),
      200,
      'gave a histogram, where one number is asked for',
    ],
    ['a partial answer', { ...vector('3'), isPartial: true }, 200, 'gave a partial answer'],
    ['an unknown form', { status: 'success', data: {} }, 200, 'no answer of Prometheus’ API'],
    ['a sample that is none', of('scalar', [1]), 200, 'no answer of Prometheus’ API'],
    ['other JSON', [1, 2], 200, 'no answer of Prometheus’ API'],
    ['what is not JSON', '<html>', 200, 'answered 200 with a body that is not JSON'],
    [
      'a refusal of the query',
      { status: 'error', errorType: 'bad_data', error: 's3cret' },
      400,
      '(bad_data): the query',
    ],
    ['an error of the server', { status: 'error', errorType: 'timeout' }, 503, 'answered 503 (timeout)'],
    ['another status', '{}', 401, 'answered 401'],
    ['a redirect', '{}', 302, 'answered 302'],
  ])('%s is no number, and it says so', async (_, answer, status, why) => {
    const read = await reading(answer, status);
    expect(read).toEqual({ unknown: expect.stringContaining(why) });
    expect(JSON.stringify(read)).not.toContain('s3cret');
  });

  test('a body without end is given up', async () => {
    const host = await listening((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(64 * 1024)));
        response.once('drain', more);
      };
      more();
    });
    const read = await readPromql({ url: `http://${host}` }, spec({ equals: 1 }), { ...contextWith(), ms: 30_000 });
    expect(read).toEqual({ unknown: 'answered 200 with more than 4 MiB' });
  });

  test('a server that is not there, and one that never answers, are told apart', async () => {
    const gone = createServer();
    const host = await serving(gone);
    gone.close();
    await once(gone, 'close');
    const ask = (at: string, ms: number) =>
      readPromql({ url: `http://${at}` }, spec({ equals: 1 }), { ...contextWith(), ms });
    await expect(ask(host, 5_000)).resolves.toEqual({ unknown: 'refused the connection' });
    const silent = await listening(() => undefined);
    await expect(ask(silent, 100)).resolves.toEqual({ unknown: 'did not answer in time' });
  });
});

describe('a PromQL probe', () => {
  test('asks the instant query below the path of its target, and tells what it found', async () => {
    const asked: string[] = [];
    const host = await listening((request, response) => {
      asked.push(request.url ?? '');
      response.end(JSON.stringify(vector('3')));
    });
    const engine = promqlProbeEngine({ url: `http://${host}/select/0/prometheus` });
    const findings = await engine.verify(spec({ query: 'sum(up{job="a"})', between: [3, 4] }), contextWith());
    expect(told(findings)).toMatchObject([
      {
        holds: true,
        claim: 'gives from 3 to 4',
        source: `PromQL "sum(up{job=\\"a\\"})" at http://${host}/…`,
        observed: 3,
      },
    ]);
    expect(asked).toEqual(['/select/0/prometheus/api/v1/query?query=sum%28up%7Bjob%3D%22a%22%7D%29']);
  });

  test.each([
    [{ equals: 3 }, true],
    [{ equals: 4 }, false],
    [{ atLeast: 3 }, true],
    [{ atLeast: 3.5 }, false],
    [{ atMost: 3 }, true],
    [{ atMost: 2 }, false],
    [{ between: [1, 2] }, false],
    [{ between: [3, 3] }, true],
  ])('that gives 3 is held against %j: %s', async (comparison, met) => {
    const host = await answering(JSON.stringify(vector('3')));
    const said = await seenBy(promqlProbeEngine({ url: `http://${host}` }), spec(comparison));
    expect(said).toBe(met ? 'was met' : 'gave 3');
  });

  test('fails where there is no series, and says that', async () => {
    const host = await answering(JSON.stringify(vector()));
    const failure = await failureOf(
      promqlProbeEngine({ url: `http://${host}` }).verify(spec({ atMost: 0, within: '2s' }), contextWith()),
    );
    expect(failure).toMatchObject({
      type: 'ProbeFailed',
      message: expect.stringContaining('gave no series; expected'),
    });
  });

  test('sends headers and a login by reference, and shows none of them', async () => {
    const headers: unknown[] = [];
    const host = await listening((request, response) => {
      headers.push([request.headers['x-scope-orgid'], request.headers.authorization]);
      response.writeHead(403).end('c4nary-header c4nary-password');
    });
    const context = contextWith({ TENANT: 'c4nary-header', PASSWORD: 'c4nary-password' });
    const settings = {
      ...{ headers: { 'X-Scope-OrgID': { fromEnv: 'TENANT' } }, equals: 1, within: '2s' },
      basicAuth: { user: 'reader', password: { fromEnv: 'PASSWORD' } },
    };
    const failure = await failureOf(promqlProbeEngine({ url: `http://${host}` }).verify(spec(settings), context));
    expect(headers[0]).toEqual(['c4nary-header', `Basic ${Buffer.from('reader:c4nary-password').toString('base64')}`]);
    expect(failure).toMatchObject({ type: 'ProbeFailed' });
    const shown = JSON.stringify([failure, (failure as Error).stack, String(failure)]);
    expect(shown).not.toContain('c4nary');
    expect(shown).not.toContain(Buffer.from('reader:c4nary-password').toString('base64'));
  });

  test('refuses a reference that no header can carry, without its value', async () => {
    const host = await answering('{}');
    const failure = await failureOf(
      promqlProbeEngine({ url: `http://${host}` }).verify(
        spec({ headers: { 'X-Token': { fromEnv: 'TOKEN' } }, equals: 1 }),
        contextWith({ TOKEN: 'c4nary\r\nX-Evil: 1' }),
      ),
    );
    expect(failure).toMatchObject({ type: 'ReferenceUnresolved', options: { object: 'header X-Token' } });
    expect(JSON.stringify([failure, String(failure)])).not.toContain('c4nary');
  });
});
