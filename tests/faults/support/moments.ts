import type { ServerName } from '../../../src/lab/index.ts';

/** What is killed: the worker of the demo, or one of these servers of its lab. */
export type Victim = 'worker' | Extract<ServerName, 'temporal' | 'kube-apiserver' | 'postgres'>;

/** When who is killed. */
export interface KillMoment {
  readonly victim: Victim;
  /** How many steps have been verified by then: a seed means the same on a slow machine. */
  readonly afterSteps: number;
  /** How long after the last of these, so that not every blow falls between two steps. Milliseconds. */
  readonly offsetMs: number;
}

const VICTIMS: readonly Victim[] = ['worker', 'postgres', 'kube-apiserver', 'temporal'];
const LONGEST_OFFSET_MS = 1_500;
/** Multiples of it never meet again, modulo 1: any number of them is spread over the whole way. */
const GOLDEN = 0.618;

/**
 * The moment of a seed. Victims take turns; the moments spread over the whole way, the middle first.
 *
 * @param steps of the rollout.
 */
export function momentOf(seed: number, steps: number): KillMoment {
  return {
    victim: VICTIMS[seed % VICTIMS.length] ?? 'worker',
    afterSteps: Math.floor(((0.5 + seed * GOLDEN) % 1) * steps),
    offsetMs: Math.round(((0.5 + seed * GOLDEN * GOLDEN) % 1) * LONGEST_OFFSET_MS),
  };
}
