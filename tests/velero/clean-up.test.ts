import { describe, expect, test } from '@jest/globals';
import type { DrillPart } from '../../src/domain/drill-part.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { veleroDrill } from '../../src/domain/kinds/velero-drill.ts';
import type { KubernetesApi } from '../../src/domain/kubernetes-api.ts';
import { cleanUp } from '../../src/velero/drill/clean-up.ts';
import { concluding } from '../../src/velero/drill/conclude.ts';
import type { Drill } from '../../src/velero/drill/open.ts';
import type { Turn } from '../../src/velero/drill/turn.ts';
import type { DrillOutcome } from '../../src/velero/drill/verdict.ts';

const OVERTAKEN = new WindlassFailure('Interrupted', 'Another attempt has taken its place.', {
  next: 'Nothing to do.',
});
const STUCK = new WindlassFailure('NotReadyInTime', 'It does not go.', { object: 'Namespace drill-x', next: 'Look.' });

/** A drill whose parts fail at these stages, and all that was done. */
function drill(failing: Readonly<Record<string, Error>>, isLost = false) {
  const done: string[] = [];
  const noted: unknown[] = [];
  const part = (name: string): DrillPart => {
    const stage = (of: string) => () => {
      done.push(`${of} ${name}`);
      const error = failing[`${of} ${name}`];
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    };
    return {
      ...{ name, sweep: stage('sweep'), dissolve: stage('dissolve'), withdraw: stage('withdraw') },
      ...{ plant: () => Promise.resolve(null), record: () => Promise.resolve(null) },
      restore: () => Promise.reject(new Error('not here')),
    };
  };
  const api = {
    get: () => Promise.resolve(null),
    delete: ({ kind }: { readonly kind: string }) => Promise.resolve(done.push(`delete ${kind}`) > 0),
    merge: (_: unknown, fields: unknown) => Promise.resolve(noted.push(fields)),
  } as unknown as KubernetesApi;
  const of = {
    api,
    spec: veleroDrill.parse({ name: 'd', objectStore: 'o', includedNamespaces: ['data'] }),
    keys: { run: '0123456789ab', step: 'ba9876543210' },
    parts: [part('objects'), part('database')],
    context: { signal: new AbortController().signal },
    turn: {
      ...{ take: () => Promise.resolve(), end: () => Promise.resolve(), isLost: () => Promise.resolve(isLost) },
      assert: () => (isLost ? Promise.reject(OVERTAKEN) : Promise.resolve()),
    } satisfies Turn,
  } as unknown as Drill;
  return { of, done, noted };
}

const OUTCOME: DrillOutcome = { backup: 'b', refused: [], parts: [], restoreMs: 1_000, ageMs: 1_000 };

describe('cleaning up after a drill', () => {
  test('goes on with every part and stage, whatever one of them fails with, and says it all', async () => {
    const second = new WindlassFailure('TargetUnreachable', 'Nobody answers.', { object: 'database x', next: 'Wait.' });
    const { of, done } = drill({ 'dissolve objects': STUCK, 'dissolve database': second });
    await expect(cleanUp(of, { keepJournal: false })).rejects.toMatchObject({
      type: 'NotReadyInTime',
      options: { object: 'Namespace drill-x', facts: { also: ['database x: Nobody answers.'] } },
    });
    expect(done).toEqual([
      ...['dissolve objects', 'dissolve database', 'withdraw objects', 'withdraw database', 'delete Secret'],
    ]);
  });

  test('keeps what was written down while something of it is left', async () => {
    const { of, done } = drill({ 'withdraw database': STUCK });
    await expect(cleanUp(of, { keepJournal: false })).rejects.toBe(STUCK);
    expect(done).not.toContain('delete Secret');
  });

  test('that takes too long is no unexpected error', async () => {
    const { of } = drill({ 'dissolve database': new DOMException('time is up', 'TimeoutError') });
    await expect(cleanUp(of, { keepJournal: false })).rejects.toMatchObject({
      type: 'NotReadyInTime',
      message: expect.stringContaining('what the drill made of database is still there') as unknown,
    });
  });

  test('that fails leaves the verdict: it is noted on the backup and told', async () => {
    const { of, noted } = drill({ 'dissolve objects': STUCK });
    const concluded = concluding(
      of,
      () => false,
      () => Promise.resolve(OUTCOME),
    );
    await expect(concluded).rejects.toMatchObject({
      type: 'NotReadyInTime',
      message: 'It does not go. The verdict stands: Backup b is proven.',
    });
    expect(JSON.stringify(noted)).toContain('"windlass.dev/drill-verdict":"proven"');
  });

  test('is left to the attempt that has taken the place of this one, whose verdict does not count', async () => {
    const { of, done, noted } = drill({}, true);
    const concluded = concluding(
      of,
      () => false,
      () => Promise.resolve(OUTCOME),
    );
    await expect(concluded).rejects.toBe(OVERTAKEN);
    expect([done, noted]).toEqual([[], []]);
  });

  test('that fails after a failure hides none: the drill failed for its own reason', async () => {
    const { of } = drill({ 'dissolve objects': STUCK });
    const bad = new WindlassFailure('BackupFailed', 'The backup is not good.', { next: 'Mend it.' });
    const concluded = concluding(
      of,
      () => false,
      () => Promise.reject(bad),
    );
    await expect(concluded).rejects.toMatchObject({
      type: 'BackupFailed',
      options: { facts: { notCleanedUp: { message: 'It does not go.', object: 'Namespace drill-x' } } },
    });
  });
});
