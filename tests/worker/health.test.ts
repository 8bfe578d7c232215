import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { serveHealth, type Health, type Standing } from '../../src/health.ts';
import { Readiness } from '../../src/readiness.ts';

describe('/readyz', () => {
  let standing: Standing;
  let health: Health;
  beforeEach(async () => {
    standing = { state: 'RUNNING', gates: 2 };
    health = await serveHealth('127.0.0.1', 0, () => standing);
  });
  afterEach(() => health.close());
  const ask = (path: string) => fetch(`${health.address}${path}`);

  test('is 200 while the worker polls, with how it stands', async () => {
    const ready = await ask('/readyz');
    expect([ready.status, await ready.json()]).toEqual([200, standing]);
  });

  test.each([
    { state: 'DRAINING', gates: 0 },
    { state: 'RUNNING', gates: 0, why: 'All 100 activity slots are taken.' },
  ])('is 503 and says why while it makes no progress, and the process is alive: %o', async (now) => {
    standing = now;
    const ready = await ask('/readyz');
    expect([ready.status, await ready.json()]).toEqual([503, now]);
    expect((await ask('/healthz')).status).toBe(200);
  });
});

describe('a worker', () => {
  let now: number;
  let answers: boolean;
  let readiness: Readiness;
  let asked: (() => Promise<void>) | undefined;
  beforeEach(() => {
    [now, answers] = [0, true];
    const ask = () => (answers ? Promise.resolve() : Promise.reject(new Error('away')));
    const every = (sign: () => Promise<void>) => {
      asked = sign;
      return () => (asked = undefined);
    };
    readiness = new Readiness(2, ask, { now: () => now, every });
  });
  afterEach(() => {
    readiness.close();
    expect(asked).toBeUndefined();
  });
  const held = () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const done = readiness.holdingSlot(() => promise);
    return () => {
      resolve(undefined);
      return done;
    };
  };

  test('makes progress while a slot is free, however long the others are held', async () => {
    const give = held();
    now = 50_000;
    await asked?.();
    now += 20_000;
    expect(readiness.of('RUNNING')).toEqual({ state: 'RUNNING' });
    await give();
  });

  test('makes none when every slot is taken and none was given back for a minute, and does again when one is', async () => {
    const slots = [held(), held()];
    now = 50_000;
    await asked?.();
    expect(readiness.of('RUNNING')).toEqual({ state: 'RUNNING' });
    now = 61_000;
    const why = 'All 2 activity slots are taken, and none was given back for 61 s.';
    expect(readiness.of('RUNNING')).toEqual({ state: 'RUNNING', why });
    await slots[0]?.();
    expect(readiness.of('RUNNING')).toEqual({ state: 'RUNNING' });
    // Taken again at once, as where much waits: slots change hands.
    slots[0] = held();
    expect(readiness.of('RUNNING')).toEqual({ state: 'RUNNING' });
    await Promise.all(slots.map((give) => give()));
  });

  test('gives a slot back when its activity fails', async () => {
    await expect(readiness.holdingSlot(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const give = held();
    now = 50_000;
    await asked?.();
    now = 70_000;
    expect(readiness.of('RUNNING')).toEqual({ state: 'RUNNING' });
    await give();
  });

  test('makes none while Temporal is silent, and does again when it answers', async () => {
    answers = false;
    now = 31_000;
    await asked?.();
    expect(readiness.of('RUNNING')).toEqual({ state: 'RUNNING', why: 'Temporal has not answered for 31 s.' });
    answers = true;
    await asked?.();
    expect(readiness.of('RUNNING')).toEqual({ state: 'RUNNING' });
  });
});
