import { filesOf } from '../postgres/support/files.ts';
import { describe, expect, test } from '@jest/globals';
import type { EngineContext } from '../../src/domain/step-engine.ts';
import { probe } from '../../src/domain/kinds/probe.ts';
import { probeEngine, type Clock, type Question, type Sighting } from '../../src/domain/probing.ts';
import type { Json } from '../../src/domain/json.ts';
import { told } from '../support/told.ts';

const SPEC = probe.parse({ protocol: 'tcp', within: '10s' });

/** A clock that only moves when somebody waits; notes the waits. */
function fakeClock(): Clock & { readonly waits: number[] } {
  let now = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    wait: (ms, signal) => {
      signal.throwIfAborted();
      now += ms;
      waits.push(ms);
      return Promise.resolve();
    },
  };
}

function asking(...answers: readonly Sighting[]): Question<typeof SPEC> & { readonly budgets: number[] } {
  const budgets: number[] = [];
  return {
    budgets,
    label: () => 'tcp db:5432',
    expects: () => ({ protocol: 'tcp' }),
    ask: (_spec, _context, ms) => {
      budgets.push(ms);
      return Promise.resolve(answers[budgets.length - 1] ?? answers.at(-1)!);
    },
  };
}

function context(more: Partial<EngineContext> = {}): EngineContext {
  return {
    files: filesOf({}),
    signal: new AbortController().signal,
    progress: () => undefined,
    resolve: () => Promise.reject(new Error('none')),
    owner: { rollout: 'r', environment: 'e', bundle: 'b', run: '1', phase: 'p', step: 'db-answers' },
    ...more,
  };
}

const NO: Sighting = { met: false, seen: 'refused the connection' };
const YES: Sighting = { met: true, seen: 'accepted a connection' };

describe('a probe', () => {
  test('is as real as its answer', async () => {
    const how = async (answer: Sighting) =>
      (await probeEngine(asking(answer), fakeClock()).verify(SPEC, context()))[0]?.how;
    await expect(how(YES)).resolves.toBe('real');
    await expect(how({ ...YES, how: 'simulated' })).resolves.toBe('simulated');
  });

  test('plans nothing, since it changes nothing', async () => {
    const engine = probeEngine(asking(YES), fakeClock());
    await expect(engine.plan(SPEC, context())).resolves.toEqual([]);
    expect(engine.undo(SPEC)).toContain('nothing to undo');
  });

  test.each(['apply', 'verify'] as const)('%s asks again, at growing distances, until it is answered', async (verb) => {
    const clock = fakeClock();
    const heard: Json[] = [];
    const engine = probeEngine(asking(NO, NO, NO, NO, NO, YES), clock);
    const result = await engine[verb](SPEC, context({ progress: (state) => heard.push(state) }));
    expect(told('findings' in result ? result.findings : result)).toMatchObject([
      { subject: 'probe db-answers', claim: 'accepts a connection', holds: true, how: 'real', source: 'tcp db:5432' },
    ]);
    expect(clock.waits).toEqual([250, 500, 1_000, 2_000, 2_000]);
    expect(heard.at(-1)).toEqual({ tries: 5, seen: 'refused the connection' });
  });

  test('gives up when its time is over and says what was seen last', async () => {
    const clock = fakeClock();
    const question = asking(NO, NO, { met: false, seen: 'answered 503', observed: { status: 503 } });
    const failure = await probeEngine(question, clock)
      .verify(SPEC, context())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      type: 'ProbeFailed',
      message: 'tcp db:5432 answered 503; expected within 10.0 s: accepts a connection (asked 8 times).',
      options: { object: 'probe db-answers', facts: { tries: 8, observed: { status: 503 } } },
    });
    expect(clock.now()).toBeLessThanOrEqual(10_000);
  });

  test('never gives one try more time than is left, nor all of it when that is long', async () => {
    const question = asking(NO);
    await expect(probeEngine(question, fakeClock()).verify(SPEC, context())).rejects.toThrow();
    expect(question.budgets[0]).toBe(10_000);
    expect(question.budgets[1]).toBe(9_750);
    const patient = asking(YES);
    await probeEngine(patient, fakeClock()).verify({ ...SPEC, within: '5m' }, context());
    expect(patient.budgets).toEqual([10_000]);
  });

  test('stops when told to, with the reason it was given', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const stopping = context({
      signal: stop.signal,
      progress: () => {
        stop.abort(reason);
      },
    });
    await expect(probeEngine(asking(NO), fakeClock()).verify(SPEC, stopping)).rejects.toBe(reason);
  });
});
