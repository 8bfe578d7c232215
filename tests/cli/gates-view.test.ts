import { describe, expect, test } from '@jest/globals';
import type { ListedRollout } from '../../src/client.ts';
import { waits } from '../../src/cli/list.ts';
import { waitingGateLines } from '../../src/cli/view/gates.ts';
import { listLines } from '../../src/cli/view/list.ts';
import { gate, plain, plan } from './support.ts';

const NOW = Date.parse('2026-01-01T02:00:00.000Z');

const listed = (rollout: string, more: Partial<ListedRollout> = {}): ListedRollout => ({
  environment: 'lab',
  rollout,
  state: 'running',
  blockedOn: '',
  bundle: 'b'.repeat(64),
  startedAt: '2026-01-01T01:59:00.000Z',
  endedAt: null,
  ...more,
});

describe('the rollouts of an environment', () => {
  test('are a table with state, time, bundle and what each waits for', () => {
    const ended = { state: 'done', endedAt: '2026-01-01T01:59:30.000Z' } as const;
    const lines = listLines(
      [listed('shop', { state: 'blocked', blockedOn: 'gate data/schema' }), listed('web', ended)],
      NOW,
      plain,
    );
    expect(lines).toEqual(
      [
        'rollout  state    for   bundle        waits for',
        'shop     blocked  1 min 0 s  bbbbbbbbbbbb  gate data/schema',
        'web      done     30.0 s  bbbbbbbbbbbb',
      ].map((line) => expect.stringMatching(line.replace(/ {2,}/g, ' +')) as unknown),
    );
  });

  test('fit a narrow terminal: what they wait for gives way', () => {
    const lines = listLines([listed('shop', { blockedOn: 'gate data/schema, parked data/backup' })], NOW, plain, 50);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(50);
  });

  test('wait where a gate is open or a step is parked, also while other phases go on, and not once they have ended', () => {
    const blockedOn = 'gate data/schema';
    expect(waits(listed('a', { blockedOn }))).toBe(true);
    expect(waits(listed('b'))).toBe(false);
    expect(waits(listed('c', { blockedOn, state: 'terminated', endedAt: '2026-01-01T01:59:30.000Z' }))).toBe(false);
  });
});

describe('the open gates of an environment', () => {
  const ref = { environment: 'lab', failure: null } as const;

  test('come with what they would do, for how long they wait, who decides and the command, the oldest first', () => {
    const young = gate({ openedAt: '2026-01-01T01:59:00.000Z', plan: null });
    const old = gate({ approvers: ['platform'], plan: plan({ create: 2 }, { destructive: 1, asks: 1 }) });
    const lines = waitingGateLines(
      'lab',
      [
        { ...ref, rollout: 'web', gates: [young] },
        { ...ref, rollout: 'shop', gates: [old] },
      ],
      NOW,
      plain,
    );
    expect(lines).toEqual([
      'lab: 2 open gate(s)',
      '',
      'shop backup/bucket, open for 2 h 0 min: Makes a bucket.',
      '  2 to create (changes cccccccccccc); 1 of them destroy data; 1 of them ask for an answer; to be decided by platform',
      '  windlass approve shop backup/bucket --environment lab',
      '',
      'web backup/bucket, open for 1 min 0 s: Makes a bucket.',
      '  A bare approval; to be decided by anyone',
      '  windlass approve web backup/bucket --environment lab',
    ]);
  });

  test('of a rollout that does not answer are said to be unknown', () => {
    const failure = { type: 'TargetUnreachable', message: 'No worker.', next: 'Start one.', retryable: true } as const;
    const lines = waitingGateLines('lab', [{ ...ref, rollout: 'web', gates: [], failure }], NOW, plain);
    expect(lines).toEqual(['lab: no gate is open.', '', 'web could not be asked: No worker.', '  Next: Start one.']);
  });
});
