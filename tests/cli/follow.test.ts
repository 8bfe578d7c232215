import { describe, expect, test } from '@jest/globals';
import { Interruption } from '../../src/cli/cli.ts';
import { follow, type RolloutSource, type Sighting } from '../../src/cli/follow/follow.ts';
import { exitCodeOfEnd, watchRollout } from '../../src/cli/follow/watch-rollout.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { RolloutStatus } from '../../src/domain/status.ts';
import type { RolloutResult } from '../../src/contract/messages.ts';
import { recordingCli, status } from './support.ts';

const ref = { rollout: 'platform', environment: 'lab' };
const unreachable = () =>
  new WindlassFailure('TargetUnreachable', 'Temporal cannot be reached.', { next: 'Start it.' });
const signal = new AbortController().signal;

/** Answers in turn, the last answer again and again; the run ends when `end` does. */
function source(answers: (RolloutStatus | WindlassFailure)[], ends: (() => Promise<RolloutResult>)[]): RolloutSource {
  const next = <T>(from: T[]): T => (from.length > 1 ? from.shift() : from[0]) as T;
  return {
    status: () => {
      const answer = next(answers);
      return answer instanceof WindlassFailure ? Promise.reject(answer) : Promise.resolve(answer);
    },
    result: () => next(ends)(),
  };
}
const never = () => new Promise<RolloutResult>(() => undefined);

async function all(from: AsyncIterable<Sighting>): Promise<Sighting[]> {
  const seen: Sighting[] = [];
  for await (const sighting of from) seen.push(sighting);
  return seen;
}

describe('following a rollout', () => {
  test('ends with the result of the run, not with the last answer to a question', async () => {
    const done = Promise.withResolvers<RolloutResult>();
    const seen: Sighting[] = [];
    for await (const sighting of follow(source([status('running')], [() => done.promise]), ref, {
      signal,
      everyMs: 1,
    })) {
      seen.push(sighting);
      done.resolve({ status: status('done'), unchanged: true });
    }
    expect(seen[0]).toEqual({ kind: 'status', status: status('running') });
    expect(seen.at(-1)).toEqual({ kind: 'ended', status: status('done'), unchanged: true, failure: null });
  });

  test('goes on asking while nobody answers, and sees the rollout again after', async () => {
    const done = Promise.withResolvers<RolloutResult>();
    const answers = [status('running'), unreachable(), unreachable(), status('blocked')];
    const ends = [() => Promise.reject(unreachable()), () => done.promise];
    const kinds: string[] = [];
    for await (const sighting of follow(source(answers, ends), ref, { signal, everyMs: 1 })) {
      kinds.push(sighting.kind === 'status' ? sighting.status.state : sighting.kind);
      if (kinds.at(-1) === 'blocked') done.resolve({ status: status('done'), unchanged: false });
    }
    expect(kinds.filter((kind, at) => kind !== kinds[at - 1])).toEqual(['running', 'lost', 'blocked', 'ended']);
  });

  test('a run that was ended from outside ends with its failure and the last that was seen', async () => {
    const ended = new WindlassFailure('Interrupted', 'The rollout was terminated.', { next: 'Start it again.' });
    const seen = await all(
      follow(source([status('running')], [() => Promise.reject(ended)]), ref, { signal, everyMs: 1 }),
    );
    expect(seen.at(-1)).toEqual({
      kind: 'ended',
      status: status('running'),
      unchanged: false,
      failure: ended.summary(),
    });
  });

  test('a rollout that does not exist is an error at once', async () => {
    const missing = new WindlassFailure('NotFound', 'There is none.', { next: 'Start it.' });
    await expect(all(follow(source([missing], [never]), ref, { signal }))).rejects.toBe(missing);
  });

  test('Ctrl-C ends it, also in the middle of a question', async () => {
    const controller = new AbortController();
    const asked = follow({ status: () => new Promise(() => undefined), result: never }, ref, {
      signal: controller.signal,
    }).next();
    controller.abort();
    await expect(asked).rejects.toBeInstanceOf(Interruption);
  });
});

describe('watching without a terminal', () => {
  test('tells the loss of the server once, that it answers again, and how it ended', async () => {
    const done = Promise.withResolvers<RolloutResult>();
    const answers = [status('running'), unreachable(), unreachable(), status('blocked')];
    const from = source(answers, [() => done.promise]);
    const cli = recordingCli();
    const watching = watchRollout(
      {
        ...cli,
        say: (...lines) => {
          cli.say(...lines);
          if (lines.some((line) => line.endsWith('blocked')))
            done.resolve({ status: status('done'), unchanged: false });
        },
      },
      from,
      ref,
    );
    expect(await watching).toEqual({ status: status('done'), unchanged: false });
    expect(exitCodeOfEnd(await watching)).toBe(0);
    expect(cli.said).toEqual([
      'platform → lab: running',
      expect.stringMatching(/^No answer.*still trying\.$/),
      'It answers again.',
      'platform → lab: blocked',
      'platform → lab: done',
    ]);
  });

  test('ends when it waits for a person, with the exit code that says so; a decision just given is not overlooked', async () => {
    const answers = [status('blocked'), status('running'), status('blocked'), status('blocked')];
    const cli = recordingCli();
    const ended = await watchRollout(cli, source(answers, [never]), ref);
    expect(ended).toEqual({ status: status('blocked'), unchanged: false });
    expect(exitCodeOfEnd(ended)).toBe(5);
    expect(cli.said.at(-1)).toMatch(/^It waits for a person.*windlass status platform --environment lab$/);
  });
});
