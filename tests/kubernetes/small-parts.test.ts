import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { ApplyProgress } from '../../src/kubernetes/apply/progress.ts';
import { linesOf } from '../../src/kubernetes/client/collection.ts';
import { combined } from '../../src/kubernetes/combined.ts';
import { concurrently, IN_FLIGHT } from '../../src/kubernetes/concurrently.ts';
import { PodsByLabel, selectsPod } from '../../src/kubernetes/evidence/selector.ts';
import { isSameQuantity } from '../../src/domain/quantity.ts';

describe('work done concurrently', () => {
  test('does every item once, with a bounded number at once', async () => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await concurrently(items, async (item) => {
      most = Math.max(most, (running += 1));
      await new Promise(setImmediate);
      running -= 1;
      done.push(item);
    });
    expect([...done].sort((a, b) => a - b)).toEqual(items);
    expect(most).toBe(IN_FLIGHT);
  });

  test('begins nothing more after a rejection, or when told to stop', async () => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    let begun = 0;
    const failing = concurrently(items, async () => {
      begun += 1;
      await Promise.resolve();
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect(begun).toBeLessThanOrEqual(IN_FLIGHT);
    begun = 0;
    await concurrently(
      items,
      () => Promise.resolve(void (begun += 1)),
      () => begun < 5,
    );
    expect(begun).toBe(5);
  });
});

describe('the progress of an apply', () => {
  test('survives JSON, whatever was done before', () => {
    const done = fc.array(fc.constantFrom('create', 'update', null), { maxLength: 40 });
    fc.assert(
      fc.property(done, (actions) => {
        const before = new ApplyProgress(actions.length, undefined);
        for (const [index, action] of actions.entries()) if (action !== null) before.wrote(index, action);
        const after = new ApplyProgress(actions.length, JSON.parse(JSON.stringify(before.state())) as never);
        expect(actions.map((_, index) => after.done(index))).toEqual(actions);
      }),
    );
  });

  test('of another set of objects counts for nothing', () => {
    const before = new ApplyProgress(9, undefined);
    before.wrote(8, 'create');
    expect(new ApplyProgress(30, before.state()).done(8)).toBeNull();
    expect(new ApplyProgress(9, 'nonsense').done(8)).toBeNull();
  });

  test('tells stage and counts', () => {
    const progress = new ApplyProgress(3, undefined);
    progress.enter('config');
    progress.count();
    expect(progress.state()).toMatchObject({ stage: 'config', applied: 1, of: 3 });
  });
});

describe('several failures in one', () => {
  const failure = (type: WindlassFailure['type'], object: string) =>
    new WindlassFailure(type, `${type} happened`, { object, next: `mend ${type}` });

  test('are retried only if a retry can help all of them', () => {
    const both = combined([failure('ServerError', 'a'), failure('AdmissionDenied', 'b')], { applied: 7 }).summary();
    expect(both).toMatchObject({
      type: 'AdmissionDenied',
      retryable: false,
      next: 'mend AdmissionDenied',
      facts: { applied: 7 },
    });
    expect(both.message).toContain('a: ServerError happened');
    expect(combined([failure('ServerError', 'a'), failure('Throttled', 'b')]).summary().retryable).toBe(true);
  });

  test('a single one keeps its own words', () => {
    expect(combined([failure('ServerError', 'a')], { applied: 1 }).summary()).toMatchObject({
      message: 'ServerError happened',
      object: 'a',
      facts: { applied: 1 },
    });
  });
});

describe('lines of a stream', () => {
  test('are the same however the bytes are cut', async () => {
    const cuts = fc.array(fc.nat({ max: 60 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).filter((line) => !/[\r\n]/.test(line) && line !== '')),
        cuts,
        async (lines, at) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const bounds = [0, ...at.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
          const chunks = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
          expect(await Array.fromAsync(linesOf(Readable.from(chunks)))).toEqual(lines);
        },
      ),
    );
  });
});

describe('quantities', () => {
  test.each([
    ['1000m', '1', true],
    [1, '1', true],
    ['1024Mi', '1Gi', true],
    ['0.5', '500m', true],
    ['1G', '1Gi', false],
    ['1100m', '1', false],
    ['web', 'web', false],
    ['', '0', false],
  ])('%s and %s', (a, b, same) => {
    expect(isSameQuantity(a, b)).toBe(same);
  });
});

describe('the selector of a workload', () => {
  const pod = (labels: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid: 'p', labels },
  });
  const workload = (selector: never, kind = 'Deployment') => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'w', uid: 'w' },
    spec: { selector },
  });
  const expression = (operator: string, values?: string[]) =>
    ({ matchExpressions: [{ key: 'tier', operator, ...(values ? { values } : {}) }] }) as never;

  test.each<[string, never, Record<string, string>, boolean]>([
    ['labels that match', { matchLabels: { app: 'a' } } as never, { app: 'a', more: '1' }, true],
    ['labels that differ', { matchLabels: { app: 'a' } } as never, { app: 'b' }, false],
    ['In', expression('In', ['x', 'y']), { tier: 'x' }, true],
    ['In without the label', expression('In', ['x']), {}, false],
    ['NotIn', expression('NotIn', ['x']), { tier: 'x' }, false],
    ['NotIn without the label', expression('NotIn', ['x']), {}, true],
    ['Exists', expression('Exists'), { tier: 'x' }, true],
    ['DoesNotExist', expression('DoesNotExist'), { tier: 'x' }, false],
  ])('%s', (_what, selector, labels, selected) => {
    expect(selectsPod(workload(selector), pod(labels))).toBe(selected);
    expect(
      new PodsByLabel([pod({}), pod(labels)]).of(workload(selector)).some((found) => found.metadata.labels === labels),
    ).toBe(selected);
  });

  test('of a ReplicationController is the labels; a bare pod selects itself', () => {
    expect(selectsPod(workload({ app: 'a' } as never, 'ReplicationController'), pod({ app: 'a' }))).toBe(true);
    expect(selectsPod(pod({}), pod({}))).toBe(true);
    expect(selectsPod({ ...pod({}), metadata: { name: 'q', uid: 'q' } }, pod({}))).toBe(false);
  });
});
