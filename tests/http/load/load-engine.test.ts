import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { summarizePlan } from '../../../src/domain/change.ts';
import { ofKind, wordsOf, type Finding } from '../../../src/domain/evidence.ts';
import { loadSection } from '../../../src/report/loads.ts';
import { load } from '../../../src/domain/kinds/load.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { LoadBound } from '../../../src/domain/policy.ts';
import type { EngineContext } from '../../../src/domain/step-engine.ts';
import { loadEngine } from '../../../src/http/load/load-engine.ts';
import { closeAll, contextWith, failureOf, listening } from '../support.ts';

type Spec = Parameters<ReturnType<typeof loadEngine>['plan']>[0];

afterEach(closeAll);

const specOf = (more: Readonly<Record<string, unknown>>) =>
  load.parse({ stages: [{ rate: 100, for: '500ms' }], connections: 4, ...more }) as Spec;
const BOUND: LoadBound = { server: '*.example.com:80', rate: 200, connections: 10, for: '1m' };

async function carried(answer: RequestListener, more: Readonly<Record<string, unknown>> = {}, context = contextWith()) {
  const host = await listening(answer);
  const engine = loadEngine({ url: `http://user:canary@${host}` }, null);
  const { changes, findings } = await engine.apply(specOf(more), context);
  const [held] = ofKind('load-held', findings);
  if (held === undefined) throw new Error('there is no finding');
  return { changes, held, seen: held.observed, engine };
}

describe('a load', () => {
  test('comes at its own rate over few connections, and says what it saw without a credential', async () => {
    const logins = new Set<string | undefined>();
    const { held, changes, seen } = await carried(
      (request, response) => {
        logins.add(request.headers.authorization);
        response.end('hello');
      },
      {
        stages: [
          { rate: 100, for: '300ms' },
          { from: 100, rate: 200, for: '400ms' },
        ],
      },
    );
    expect(held.holds).toBe(true);
    expect(seen).toMatchObject({ due: 90, sent: 90, answered: 90, failed: {}, aborted: null, faults: [] });
    expect(seen.connectionsOpened).toBeLessThanOrEqual(4);
    expect(seen.curve.reduce((sum, { answered }) => sum + answered, 0)).toBe(90);
    expect(seen.histogram.reduce((sum, [, count]) => sum + count, 0)).toBe(90);
    expect(logins).toEqual(new Set([`Basic ${Buffer.from('user:canary').toString('base64')}`]));
    expect(JSON.stringify([held, changes, wordsOf(held)])).not.toContain('canary');
    const report = loadSection([{ ...held, ...wordsOf(held), step: 'production/load' }]).join('\n');
    expect(report).toContain('100/s for 0.3 s, then from 100/s to 200/s in 0.4 s on at most 4 connections, kept open');
    expect(report).toMatch(/^p99 +[▁▂▃▄▅▆▇█]+ at most [\d.]+ ms$/m);
    expect(summarizePlan(changes, '', () => '').lines[0]).toContain('90 answered, none failed');
  });

  test('counts from when a request was due: a server that stands still makes all that wait for it slow', async () => {
    // The first of two connections' answers hold everything up for 400 ms; the others take no time at all.
    let first = true;
    const { seen } = await carried(
      (_, response) => {
        const wait = first ? 400 : 0;
        first = false;
        setTimeout(() => response.end(), wait);
      },
      { connections: 1, stages: [{ rate: 100, for: '500ms' }] },
    );
    // Some 40 of 50 were due while nothing could be sent; who counts from the sending sees one of 50 that was slow.
    expect(seen.answered).toBe(50);
    expect(new Map(seen.percentiles).get(50)).toBeGreaterThan(100);
  });

  test('opens a connection for each request where it is told to', async () => {
    const { seen } = await carried((_, response) => response.end(), { reuse: false, method: 'HEAD' });
    expect(seen).toMatchObject({ answered: 50, connectionsOpened: 50 });
  });

  test('does not hold where too much fails, and tells why by kind; slow answers are given up', async () => {
    let count = 0;
    const { held, seen, engine } = await carried(
      (request, response) => {
        count += 1;
        if (count % 5 === 0) response.writeHead(503).end();
        else if (count % 5 === 1) request.socket.destroy();
        else if (count % 25 !== 2) response.end();
      },
      { timeout: '300ms', thresholds: { errors: 0.02, latency: [{ percentile: 95, atMost: '1ms' }] } },
    );
    expect(held.holds).toBe(false);
    expect(Object.keys(seen.failed).sort()).toEqual(
      ['answered 503', 'cut the connection', 'were not answered in time'].sort(),
    );
    expect(seen.faults[0]).toMatch(/% of 50 requests failed, of at most 2 %$/);
    // It is carried again: what did not hold is no result to rely on.
    const context = { ...contextWith(), earlier: () => Promise.resolve([held]) };
    const [change] = await engine.plan(specOf({ timeout: '300ms', thresholds: { errors: 0.02 } }), context);
    expect(change?.action).toBe('create');
  });

  test('ends as soon as a threshold fails, and when it is cancelled', async () => {
    const { seen } = await carried((_, response) => response.writeHead(500).end(), {
      stages: [{ rate: 50, for: '1m' }],
      abortFrom: '500ms',
    });
    expect(seen.aborted).toMatch(/^ended after [\d.]+ s: 100 % of \d+ requests failed/);
    expect(seen.sent).toBeLessThan(1_000);

    const cancel = new AbortController();
    const told: Json[] = [];
    const context: EngineContext = {
      ...contextWith(),
      signal: cancel.signal,
      progress: (state) => {
        told.push(state);
        cancel.abort(new Error('cancelled'));
      },
    };
    const endless = carried((_, response) => response.end(), { stages: [{ rate: 50, for: '1m' }] }, context);
    expect(await failureOf(endless)).toMatchObject({ message: 'cancelled' });
    expect(told[0]).toMatchObject({ failed: 0 });
  });

  test('fails each request alike where nobody answers', async () => {
    const host = await listening((_, response) => response.end());
    await closeAll();
    const { findings } = await loadEngine({ url: `http://${host}` }, null).apply(specOf({}), contextWith());
    expect(ofKind('load-held', findings)[0]?.observed.failed).toEqual({ 'refused the connection': 50 });
  });
});

describe('a result', () => {
  test('counts with its bundle until it is too old, for the very same load', async () => {
    const { held, engine } = await carried((_, response) => response.end());
    const withEarlier = (earlier: readonly Finding[]): EngineContext => ({
      ...contextWith(),
      earlier: () => Promise.resolve(earlier),
    });
    const actions = async (spec: Spec, earlier: readonly Finding[]) =>
      (await engine.plan(spec, withEarlier(earlier))).map(({ action }) => action);
    const old = { ...held, time: new Date(Date.now() - 8 * 86_400_000).toISOString() };
    expect(await actions(specOf({}), [held])).toEqual(['unchanged']);
    expect(await actions(specOf({}), [old])).toEqual(['create']);
    expect(await actions(specOf({ path: '/other' }), [held])).toEqual(['create']);
    expect(await actions(specOf({}), [])).toEqual(['create']);
    expect(await engine.verify(specOf({}), withEarlier([held]))).toEqual([held]);
    expect(await engine.verify(specOf({}), withEarlier([old]))).toMatchObject([
      { kind: 'load-recent', holds: false, observed: { newest: old.time } },
    ]);
  });
});

describe('the bound of the policy', () => {
  test.each([
    [{ stages: [{ rate: 100, from: 201, for: '10s' }] }, '201 requests a second, of at most 200'],
    [{ connections: 11 }, '11 connections, of at most 10'],
    [{ stages: [{ rate: 1, for: '2m' }] }, '2 min 0 s, of at most 1m'],
  ])('is kept before anything is sent: %j', async (more, why) => {
    const engine = loadEngine({ url: ['http://user:canary', 'shop.example.com'].join('@') }, BOUND);
    for (const act of ['plan', 'apply'] as const) {
      const failure = await failureOf(engine[act](specOf(more), contextWith()));
      expect(failure).toMatchObject({ type: 'LimitExceeded', message: expect.stringContaining(why) });
      expect(JSON.stringify(failure)).not.toContain('canary');
    }
  });
});
