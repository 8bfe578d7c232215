import { describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { Json } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { watchObjects, type Listing, type WatchSource } from '../../src/kubernetes/client/watch.ts';

const object = (name: string, version: string, uid = name): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, uid, resourceVersion: version },
});
const event = (type: string, of: KubernetesObject): Json => ({ type, object: of });
const lost = (status = 0) => new WindlassFailure('TargetUnreachable', 'lost', { next: 'wait', facts: { status } });
const PATIENCE = { unreachableMs: 1_000, firstMs: 1, mostMs: 2 };

/** Plays listings and connections one after the other; the last connection stays open. */
class Script implements WatchSource {
  readonly from: string[] = [];
  lists = 0;
  readonly #listings: (Listing | Error)[];
  readonly #connections: (Json | Error)[][];

  constructor(listings: (Listing | Error)[], connections: (Json | Error)[][]) {
    this.#listings = listings;
    this.#connections = connections;
  }

  list(): Promise<Listing> {
    this.lists += 1;
    const next = this.#listings.shift();
    return next instanceof Error || next === undefined
      ? Promise.reject(next ?? new Error('no more listings'))
      : Promise.resolve(next);
  }

  async *events(version: string): AsyncGenerator<Json> {
    this.from.push(version);
    for (const item of this.#connections.shift() ?? [new Error('the script is over')]) {
      await Promise.resolve();
      if (item instanceof Error) throw item;
      yield item;
    }
  }

  failure(): WindlassFailure {
    return new WindlassFailure('ServerError', 'an error event', { next: 'wait' });
  }
}

/** What a watch tells until the script is over. */
async function told(script: Script): Promise<string[]> {
  const lines: string[] = [];
  try {
    for await (const { type, object: of } of watchObjects(script, new AbortController().signal, PATIENCE))
      lines.push(`${type} ${of.metadata.name} ${of.metadata.resourceVersion ?? ''}`);
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'the script is over') throw error;
  }
  return lines;
}

describe('a watch', () => {
  test('goes on from the last version when the server closes it, bookmarks counted in', async () => {
    const script = new Script(
      [{ objects: [object('a', '1')], resourceVersion: '2' }],
      [[event('MODIFIED', object('a', '3'))], [event('BOOKMARK', object('', '9'))], []],
    );
    expect(await told(script)).toEqual(['ADDED a 1', 'MODIFIED a 3']);
    expect(script.from).toEqual(['2', '3', '9', '9']);
    expect(script.lists).toBe(1);
  });

  test('lists anew when the past is gone, and tells the difference: changed, new, deleted, unchanged not', async () => {
    const script = new Script(
      [
        {
          objects: [object('same', '1'), object('changed', '1'), object('gone', '1'), object('again', '1', 'first')],
          resourceVersion: '2',
        },
        {
          objects: [object('same', '1'), object('changed', '5'), object('new', '6'), object('again', '7', 'second')],
          resourceVersion: '8',
        },
      ],
      [
        [{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }],
        [event('ADDED', object('last', '9'))],
      ],
    );
    expect((await told(script)).slice(4)).toEqual([
      'MODIFIED changed 5',
      'ADDED new 6',
      'ADDED again 7',
      'DELETED gone 1',
      'DELETED again 1',
      'ADDED last 9',
    ]);
    expect(script.from.slice(0, 2)).toEqual(['2', '8']);
  });

  test('lists anew too when the server answers 410 to the request itself', async () => {
    const listing = { objects: [object('a', '1')], resourceVersion: '2' };
    const script = new Script([listing, { ...listing, resourceVersion: '5' }], [[lost(410)], []]);
    expect(await told(script)).toEqual(['ADDED a 1']);
    expect(script.from.slice(0, 2)).toEqual(['2', '5']);
  });

  test('does not tell of a deleted object again after a relist', async () => {
    const script = new Script(
      [
        { objects: [object('a', '1')], resourceVersion: '2' },
        { objects: [], resourceVersion: '4' },
      ],
      [[event('DELETED', object('a', '3')), { type: 'ERROR', object: { code: 410 } }], []],
    );
    expect(await told(script)).toEqual(['ADDED a 1', 'DELETED a 3']);
  });

  test('outlives lost connections and errors of the server', async () => {
    const script = new Script(
      [lost(), { objects: [object('a', '1')], resourceVersion: '2' }],
      [[lost()], [{ type: 'ERROR', object: { code: 500 } }], [event('MODIFIED', object('a', '3'))]],
    );
    expect(await told(script)).toEqual(['ADDED a 1', 'MODIFIED a 3']);
    expect(script.from).toEqual(['2', '2', '2', '3']);
  });

  test('gives up when the server stays away', async () => {
    const script = new Script([], []);
    script.list = () => Promise.reject(lost());
    const watching = watchObjects(script, new AbortController().signal, { ...PATIENCE, unreachableMs: 10 });
    await expect(watching.next()).rejects.toMatchObject({ type: 'TargetUnreachable' });
  });

  test('gives up at once on what no retry can help', async () => {
    const denied = new WindlassFailure('AccessDenied', 'no', { next: 'grant' });
    const watching = watchObjects(new Script([denied], []), new AbortController().signal, PATIENCE);
    await expect(watching.next()).rejects.toBe(denied);
  });

  test('ends with the reason of its signal while it waits to try again', async () => {
    const stop = new AbortController();
    const script = new Script([], []);
    script.list = () => {
      stop.abort(new Error('cancelled'));
      return Promise.reject(lost());
    };
    await expect(watchObjects(script, stop.signal, PATIENCE).next()).rejects.toThrow('cancelled');
  });
});
