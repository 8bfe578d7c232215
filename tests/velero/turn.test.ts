import { describe, expect, test } from '@jest/globals';
import { veleroDrill } from '../../src/domain/kinds/velero-drill.ts';
import type { KubernetesApi, KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { turnOf } from '../../src/velero/drill/turn.ts';
import { engineContext } from '../objectstore/support.ts';

const spec = veleroDrill.parse({ name: 'd', objectStore: 'o', includedNamespaces: ['data'] });
const { signal } = new AbortController();

/** Attempts of one drill, each by when it was asked for. */
function drill() {
  let stored: KubernetesObject | null = null;
  let version = 0;
  const api = {
    get: () => Promise.resolve(stored),
    apply: (object: KubernetesObject) => {
      stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
      return Promise.resolve(stored);
    },
    delete: () => {
      stored = null;
      return Promise.resolve(true);
    },
  } as unknown as KubernetesApi;
  const of = (attempted: number) =>
    turnOf(api, { spec, keys: { run: '0123456789ab', step: 'ba9876543210' }, context: engineContext({ attempted }) });
  return { of, isHeld: () => stored !== null };
}

describe('the turn of a drill’s attempts', () => {
  test('is that of the newest: the one before it notices, also after the newer has ended the drill', async () => {
    const { of, isHeld } = drill();
    const [older, newer] = [of(1_000), of(2_000)];
    await older.take();
    await older.assert();
    await newer.take();
    await expect(older.assert()).rejects.toMatchObject({ type: 'Interrupted' });
    expect([await older.isLost(), await newer.isLost()]).toEqual([true, false]);
    await older.end(signal);
    await newer.assert();
    await newer.end(signal);
    expect(isHeld()).toBe(false);
    await expect(older.assert()).rejects.toMatchObject({ type: 'Interrupted' });
    expect(await older.isLost()).toBe(true);
  });

  test('is not taken by an attempt that comes to act only after a newer one has begun, and that one cleans nothing up', async () => {
    const { of } = drill();
    const [older, newer] = [of(1_000), of(2_000)];
    await newer.take();
    await expect(older.take()).rejects.toMatchObject({ type: 'Interrupted' });
    expect(await older.isLost()).toBe(true);
    await newer.assert();
  });

  test('of an attempt that was lost with its worker goes to the next, which may also clean up before it takes it', async () => {
    const { of, isHeld } = drill();
    await of(1_000).take();
    const next = of(2_000);
    expect(await next.isLost()).toBe(false);
    await next.end(signal);
    expect(isHeld()).toBe(false);
  });
});
