import { describe, expect, test } from '@jest/globals';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import type { OpenGate } from '../../src/domain/gate.ts';
import type { RolloutStatus } from '../../src/domain/status.ts';
import { buildReport } from '../../src/report/index.ts';
import { applied, change, decision, entry, finding, plan, step, verdict } from './entries.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();
const made = [change('create', 'bucket shop')];
const failure = { type: 'SqlFailed', message: 'It failed.', next: 'Mend it.', retryable: false } as const;
const start = entry(0, null, { type: 'start', by: 'ada', signature: '' });
const spansIn = (entries: readonly RecordEntry[], around = {}) =>
  buildReport({ entries: [start, ...entries], damaged: [] }, around).phases[0]!.steps[0]!.spans.map(
    ({ what, from, to }) => [
      what,
      Date.parse(from) / 1_000 - Date.UTC(2026, 0, 1) / 1_000,
      to === null ? null : Date.parse(to) / 1_000 - Date.UTC(2026, 0, 1) / 1_000,
    ],
  );
const ended = (state: 'done' | 'aborted', from: number, to: number) =>
  entry(to, null, verdict('done', [{ ...step('bucket', state), startedAt: at(from), endedAt: at(to) }]));

/** A run that goes on, whose step stands so. */
function live(state: 'gate' | 'applying', gate: OpenGate | null = null): { status: RolloutStatus; at: string } {
  const of = verdict('running', [{ ...step('bucket', state), gate, startedAt: at(1) }]);
  if (of.type !== 'verdict') throw new Error('it is a verdict');
  return { status: of.status, at: at(90) };
}

describe('how a step spent its time', () => {
  test('is planning, its gate, the wait for its target, acting and verifying', () => {
    const entries = [
      entry(2, 'data/bucket', plan(made)),
      entry(3, 'data/bucket', decision('eve', 'approve', '', 'eve is no approver')),
      entry(60, 'data/bucket', decision('bob', 'approve', '', null)),
      entry(70, 'data/bucket', plan(made)),
      entry(80, 'data/bucket', applied(made, 6_000)),
      entry(82, 'data/bucket', { type: 'evidence', findings: [finding('bucket', 'exists')] }),
      ended('done', 1, 83),
    ];
    expect(spansIn(entries)).toEqual([
      ['plan', 1, 2],
      ['gate', 2, 60],
      ['wait', 60, 74],
      ['act', 74, 80],
      ['verify', 80, 83],
    ]);
  });

  test('is its gate alone for a bare approval, which verifies nothing', () => {
    const decided = entry(60, 'data/bucket', decision('bob', 'approve', '', null));
    expect(spansIn([decided, ended('done', 1, 61)])).toEqual([
      ['gate', 1, 60],
      ['wait', 60, 61],
    ]);
  });

  test('is parked from a failure until somebody retries or gives it up, and as long as nobody does', () => {
    const parked = entry(5, 'data/bucket', { type: 'parked', failure });
    const command = (seconds: number, denial: string | null) =>
      entry(seconds, 'data/bucket', { type: 'command', action: 'abort', by: 'bob', comment: '', denial });
    expect(spansIn([entry(2, 'data/bucket', plan(made)), parked, command(6, 'no'), command(9, null)])).toEqual([
      ['act', 2, 5],
      ['parked', 5, 9],
    ]);
    expect(spansIn([parked, entry(6, 'data/bucket', plan(made))].slice(0, 1))).toEqual([['parked', 5, null]]);
  });

  test('of a run that goes on has no end, and its gate is the first that is left to do', () => {
    const gate = {
      ...{
        phase: 'data',
        step: 'bucket',
        reason: 'It costs.',
        approvers: ['platform'],
        openedAt: at(2),
        expiresAt: null,
      },
      ...{ changeDigest: 'c', destructiveDigest: 'd', plan: null, waives: 'a proven backup' },
    };
    const around = { live: live('gate', gate) };
    const entries = [entry(2, 'data/bucket', plan(made))];
    expect(spansIn(entries, around)).toEqual([
      ['plan', 1, 2],
      ['gate', 2, null],
    ]);
    const report = buildReport({ entries: [start, ...entries], damaged: [] }, around);
    expect(report).toMatchObject({ state: 'running', asOf: at(90), durationMs: 90_000 });
    expect(report.verdict).toBe('shop to lab goes on: 0 of 1 step done in 1 min 30 s, data/bucket waiting.');
    expect(report.left).toEqual([
      {
        kind: 'gate',
        what: 'data/bucket',
        why: 'waits for approval: It costs.',
        next: 'To be decided by platform.',
        commands: [
          'windlass approve shop data/bucket --environment lab --comment WHY',
          'windlass reject shop data/bucket --environment lab',
        ],
      },
    ]);
  });

  test('is told by the verdict, once there is one, and never by how another run stands', () => {
    const entries = [entry(2, 'data/bucket', plan(made)), ended('done', 1, 3)];
    expect(buildReport({ entries: [start, ...entries], damaged: [] }, { live: live('applying') })).toMatchObject({
      state: 'done',
    });
    const { status, at: when } = live('applying');
    const other = { live: { status: { ...status, run: 'run-2' }, at: when } };
    expect(buildReport({ entries: [start], damaged: [] }, other)).toMatchObject({ state: 'unknown', phases: [] });
  });
});

describe('what is left', () => {
  test('is the step that is parked, with what its failure asks for, before the run that has no end', () => {
    const report = buildReport({ entries: [start, entry(5, 'data/bucket', { type: 'parked', failure })], damaged: [] });
    expect(report.left).toMatchObject([
      {
        kind: 'parked',
        next: 'Mend it.',
        commands: [
          'windlass retry shop data/bucket --environment lab',
          'windlass abort shop data/bucket --environment lab',
        ],
      },
      { kind: 'run', commands: ['windlass status shop --environment lab'] },
    ]);
  });

  test('is nothing after a run that is done and whose claims hold', () => {
    expect(buildReport({ entries: [start, ended('done', 1, 3)], damaged: [] }).left).toEqual([]);
  });

  test('names the directory where it is known', () => {
    const entries = [start, entry(9, null, verdict('aborted', [step('bucket', 'aborted')]))];
    expect(buildReport({ entries, damaged: [] }, { directory: 'rollouts/shop' }).left).toMatchObject([
      {
        kind: 'run',
        why: 'ended aborted, with 1 step not done',
        commands: ['windlass start rollouts/shop --environment lab'],
      },
    ]);
  });
});
