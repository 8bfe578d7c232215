import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One measured thing: ours, the rivals' and, where there is one, the limit measured in the same run. Medians. */
export interface Row {
  readonly name: string;
  readonly unit: 's' | 'ms' | 'MiB' | 'events' | '1/s';
  readonly ours: number;
  readonly rivals: Readonly<Record<string, number>>;
  readonly limit: number | null;
}

/** A suite writes `bench/results/<name>.json`, an array of rows. */
export interface Suite {
  readonly name: string;
  /** @param soFar is given the rows that there are already, so that what fails late does not lose them. */
  run(say: (line: string) => void, soFar: (rows: readonly Row[]) => void): Promise<readonly Row[]>;
}

/** A checkout of an earlier build, installed, that the benchmarks run beside ours: `BENCH_BEFORE`. */
export const BEFORE = process.env['BENCH_BEFORE'];

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new RangeError('no values');
  return (low + high) / 2;
}

/**
 * Runs the contestants in turn, round by round, so that a machine that grows slower slows all of them; gives the median
 * of each in seconds.
 */
export async function interleaved<C extends Readonly<Record<string, () => Promise<void>>>>(
  contestants: C,
  rounds: number,
): Promise<{ -readonly [K in keyof C]: number }> {
  const all = Object.entries(contestants).map(([name, work]) => ({ name, work, times: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { work, times } of all) times.push(await seconds(work));
  }
  return Object.fromEntries(all.map(({ name, times }) => [name, median(times)])) as Record<keyof C, number>;
}

export async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

export function writeResults(suite: string, rows: readonly Row[]): string {
  const directory = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(directory, { recursive: true });
  const path = `${directory}${suite}.json`;
  writeFileSync(path, `${JSON.stringify(rows, null, 2)}\n`);
  return path;
}
