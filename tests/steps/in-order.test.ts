import { expect, test } from '@jest/globals';
import { inOrder } from '../../src/steps/in-order.ts';

const collect = async <T>(results: AsyncIterable<T>, into: T[] = []): Promise<T[]> => {
  for await (const result of results) into.push(result);
  return into;
};

test('is given in order, with no more side by side than asked for', async () => {
  let running = 0;
  let most = 0;
  const work = async (n: number): Promise<number> => {
    most = Math.max(most, (running += 1));
    // The later ones are done first.
    for (let turns = 0; turns < 20 - n; turns += 1) await Promise.resolve();
    running -= 1;
    return n;
  };
  const items = Array.from({ length: 20 }, (_, n) => n);
  expect(await collect(inOrder(items, 3, work))).toEqual(items);
  expect(most).toBe(3);
  expect(await collect(inOrder([], 3, work))).toEqual([]);
});

test('what fails is thrown in its turn, and nothing is begun after it', async () => {
  const begun: number[] = [];
  const given: number[] = [];
  const work = (n: number): Promise<number> => {
    begun.push(n);
    return n === 2 ? Promise.reject(new Error('of 2')) : Promise.resolve(n);
  };
  await expect(collect(inOrder([0, 1, 2, 3, 4, 5, 6, 7], 3, work), given)).rejects.toThrow('of 2');
  expect(given).toEqual([0, 1]);
  expect(begun.length).toBeLessThanOrEqual(5);
});
