import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ApplicationFailure } from '@temporalio/common';
import type { Attempts } from '../../src/activities/attempts.ts';
import { GateWatcher, type Watch } from '../../src/activities/gate-watcher.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { until } from '../support/poll.ts';

/** What Temporal was told, by activity. */
class Told implements Attempts {
  readonly beats: string[] = [];
  readonly completed: string[] = [];
  readonly failed = new Map<string, ApplicationFailure>();
  /** Activities that nothing waits for any more. */
  readonly over = new Set<string>();
  away = false;

  beat(token: Uint8Array): Promise<boolean> {
    if (this.away) return Promise.reject(new Error('Temporal is away'));
    this.beats.push(String(token));
    return Promise.resolve(!this.over.has(String(token)));
  }

  complete(token: Uint8Array): Promise<void> {
    if (this.away) return Promise.reject(new Error('Temporal is away'));
    this.completed.push(String(token));
    return Promise.resolve();
  }

  fail(token: Uint8Array, failure: ApplicationFailure): Promise<void> {
    if (this.away) return Promise.reject(new Error('Temporal is away'));
    this.failed.set(String(token), failure);
    return Promise.resolve();
  }
}

let told: Told;
let logged: string[];
let watcher: GateWatcher;
beforeEach(() => {
  told = new Told();
  logged = [];
  const log = (message: string, meta?: object) => void logged.push(`${message} ${JSON.stringify(meta)}`);
  watcher = new GateWatcher(told, { info: log, warn: log });
});
afterEach(() => watcher.close());

function gate(activity: string, more: Partial<Watch> = {}): Watch {
  return {
    activity,
    token: Buffer.from(activity),
    heartbeatTimeoutMs: 50,
    place: 'store',
    pauseMs: 1,
    look: () => Promise.resolve(false),
    about: { step: activity },
    ...more,
  };
}

/** A look that takes as long as the worker lives. */
const never = (signal: AbortSignal) =>
  new Promise<boolean>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });

describe('a gate that is watched', () => {
  test('is looked at until what it waits for came about, and then is completed and forgotten', async () => {
    let looks = 0;
    watcher.watch(gate('a', { look: () => Promise.resolve((looks += 1) === 3) }));
    expect(watcher.size).toBe(1);
    await until(() => watcher.size === 0);
    expect(told.completed).toEqual(['a']);
    expect(looks).toBe(3);
  });

  test('has its heartbeats while a look at it does not end', async () => {
    watcher.watch(gate('a', { look: never }));
    await until(() => told.beats.length > 1);
    expect(watcher.size).toBe(1);
  });

  test('is let go of when nothing waits for it any more, even while it is looked at', async () => {
    const looked = Promise.withResolvers<boolean>();
    watcher.watch(gate('a', { look: () => looked.promise }));
    told.over.add('a');
    await until(() => watcher.size === 0);
    looked.resolve(true);
    await watcher.close();
    expect(told.completed).toEqual([]);
    expect(told.failed.size).toBe(0);
  });

  test('fails to be tried again where a look fails, for whatever reason, and says nothing that it may not', async () => {
    const denied = new WindlassFailure('AccessDenied', 'The server refused.', { next: 'Give it a key that may.' });
    watcher.watch(gate('final', { look: () => Promise.reject(denied) }));
    watcher.watch(gate('unknown', { look: () => Promise.reject(new Error('password=hunter2')) }));
    await until(() => watcher.size === 0);
    expect(told.failed.get('final')).toMatchObject({ type: 'AccessDenied', nonRetryable: false });
    expect(told.failed.get('unknown')).toMatchObject({ type: 'Internal', nonRetryable: false });
    expect(JSON.stringify([...told.failed.values()])).not.toContain('hunter2');
    expect(logged.filter((line) => line.startsWith('watch failed'))).toHaveLength(2);
  });

  test('is told of once Temporal is back, when it was away as the gate was done', async () => {
    told.away = true;
    watcher.watch(gate('a', { look: () => Promise.resolve(true) }));
    await until(() => logged.some((line) => line.includes('was not told')));
    await until(() => logged.some((line) => line.startsWith('heartbeats')));
    expect(watcher.size).toBe(1);
    told.away = false;
    await until(() => watcher.size === 0);
    expect(told.completed).toEqual(['a']);
  });

  test('is watched for its newest attempt alone', async () => {
    let done = false;
    const look = () => Promise.resolve(done);
    watcher.watch(gate('a', { token: Buffer.from('first'), look }));
    watcher.watch(gate('a', { token: Buffer.from('second'), look }));
    expect(watcher.size).toBe(1);
    done = true;
    await until(() => watcher.size === 0);
    expect(told.completed).toEqual(['second']);
  });

  test('keeps nothing of the activity that it was left by', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const look = () => Promise.resolve(seen.push(context.getStore()) > 0);
    context.run('an activity', () => {
      watcher.watch(gate('a', { look }));
    });
    await until(() => watcher.size === 0);
    expect(seen).toEqual([undefined]);
  });
});

describe('many gates', () => {
  test('of one place take turns, a few at once, and none is left out', async () => {
    let [now, most] = [0, 0];
    const look = async () => {
      most = Math.max(most, (now += 1));
      await new Promise(setImmediate);
      now -= 1;
      return true;
    };
    for (let each = 0; each < 100; each += 1) watcher.watch(gate(String(each), { look }));
    await until(() => watcher.size === 0);
    expect(told.completed).toHaveLength(100);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(2);
  });

  test('wait for no place that does not answer but their own', async () => {
    for (let each = 0; each < 10; each += 1)
      watcher.watch(gate(`silent ${String(each)}`, { place: 'silent', look: never }));
    watcher.watch(gate('a', { look: () => Promise.resolve(true) }));
    await until(() => told.completed.length === 1);
    expect(watcher.size).toBe(10);
  });

  test('that come when a place had none are looked at as well', async () => {
    watcher.watch(gate('a', { look: () => Promise.resolve(true) }));
    await until(() => watcher.size === 0);
    watcher.watch(gate('b', { look: () => Promise.resolve(true) }));
    await until(() => watcher.size === 0);
    expect(told.completed).toEqual(['a', 'b']);
  });
});

describe('a worker that ends', () => {
  test('hands its gates over, ends the looks at them, and takes no more', async () => {
    watcher.watch(gate('a', { look: never }));
    watcher.watch(gate('b'));
    await watcher.close();
    expect([...told.failed.keys()].toSorted()).toEqual(['a', 'b']);
    expect(told.failed.get('a')).toMatchObject({ type: 'Interrupted', nonRetryable: false });
    expect(watcher.size).toBe(0);
    expect(() => {
      watcher.watch(gate('c'));
    }).toThrow('The worker that watched this gate ends.');
    expect(logged.some((line) => line.startsWith('watch failed'))).toBe(false);
  });

  test('ends without Temporal too: heartbeats that stop hand the gates over', async () => {
    told.away = true;
    watcher.watch(gate('a'));
    await watcher.close();
    expect(watcher.size).toBe(0);
    expect(logged.at(-1)).toBe('gates handed over {"gates":1,"left":1}');
  });
});
