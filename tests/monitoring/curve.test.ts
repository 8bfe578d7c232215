import { afterEach, expect, test } from '@jest/globals';
import { Prometheus } from '../../src/monitoring/prometheus.ts';
import { closeAll, contextWith, listening } from '../http/support.ts';

afterEach(closeAll);

/** A server that answers range queries with numbers of its own at the times that it was asked for. */
async function answering(result: (times: readonly number[]) => unknown): Promise<Prometheus> {
  const host = await listening((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://server');
    const [start = 0, end = 0, step = 1] = ['start', 'end', 'step'].map((name) => Number(searchParams.get(name)));
    const times: number[] = [];
    for (let at = start; at <= end + 0.001; at += step) times.push(at);
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: result(times) } }));
  });
  return new Prometheus({ url: `http://${host}` }, { headers: {} }, contextWith());
}

test('a curve has a number for each step of the time that is asked for, and null where there was none', async () => {
  const server = await answering((times) => [
    {
      metric: {},
      values: times.flatMap((at, index) => (index === 2 ? [] : [[at, index === 3 ? 'NaN' : String(index)]])),
    },
    { metric: {}, values: [[0, '99']] },
  ]);
  expect(await server.curve('up', 60, 5)).toEqual({ got: [0, 1, null, null, 4] });
});

test('a curve of what was never there has no number at all', async () => {
  const server = await answering(() => []);
  expect(await server.curve('up', 60, 3)).toEqual({ got: [null, null, null] });
});
