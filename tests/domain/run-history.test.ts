import { describe, expect, test } from '@jest/globals';
import type { Change, PlanSummary } from '../../src/domain/change.ts';
import type { Decision } from '../../src/domain/gate.ts';
import type { RecordBody, RecordEntry } from '../../src/domain/record-entry.ts';
import { runDifferences } from '../../src/domain/run-diff.ts';
import { whyIs } from '../../src/domain/why.ts';
import { runDifferenceLines, whyLines } from '../../src/cli/view/history.ts';
import { plain } from '../cli/support.ts';

const summary = {} as PlanSummary;
const entry = (run: string, minute: number, body: RecordBody, step = 'apps'): RecordEntry => ({
  id: `${run}-${String(minute)}-${body.type}`,
  time: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
  scope: { environment: 'lab', rollout: 'shop', run, bundle: `bundle-of-${run}`, phase: 'data', step },
  body,
});
const change = (action: Change['action'], what: string, detail?: string): Change => ({
  ...{ action, what, destructive: false },
  ...(detail === undefined ? {} : { detail: [detail] }),
});
const start = (run: string, minute: number, by: string) => entry(run, minute, { type: 'start', by, signature: '' });
const planned = (run: string, minute: number, changes: readonly Change[], step = 'apps') =>
  entry(run, minute, { type: 'plan', summary, changes }, step);
const applied = (run: string, minute: number, changes: readonly Change[], step = 'apps') =>
  entry(run, minute, { type: 'applied', summary, changes, durationMs: 1 }, step);
const decided = (run: string, minute: number, by: string, more: Partial<Decision> = {}, denial: string | null = null) =>
  entry(run, minute, {
    type: 'decision',
    denial,
    decision: {
      ...{ verdict: 'approve', bundle: 'b', run, phase: 'data', step: 'apps', changeDigest: 'c', opening: 1 },
      ...{ by, comment: 'fine', signature: '' },
      ...more,
    },
  });
const WEB = 'Deployment data/web';

describe('why a thing is what it is', () => {
  const entries = [
    start('one', 1, 'ada'),
    applied('one', 2, [change('create', WEB), change('create', 'Service data/web')]),
    start('two', 3, 'grace'),
    decided('two', 4, 'linus', { changeDigest: 'older', opening: 0 }),
    decided('two', 5, 'ada'),
    decided('two', 6, 'mallory', {}, 'mallory is no approver'),
    decided('two', 6, 'ken'),
    decided('two', 7, 'ken', { verdict: 'withdraw' }),
    applied('two', 8, [change('update', WEB, 'spec.replicas: 2 -> 3')]),
    decided('two', 9, 'late'),
    applied('three', 10, [change('unchanged', WEB)]),
  ];

  test('is each run that changed it, with who started it and the approvals that stood then', () => {
    expect(whyIs(WEB, entries)).toEqual([
      expect.objectContaining({ run: 'one', action: 'create', startedBy: 'ada', approvedBy: [] }),
      expect.objectContaining({
        ...{ run: 'two', step: 'data/apps', action: 'update', startedBy: 'grace', bundle: 'bundle-of-two' },
        approvedBy: [{ by: 'ada', comment: 'fine' }],
      }),
    ]);
    expect(whyIs('Deployment data/other', entries)).toEqual([]);
  });

  test('is told by the last change, then the earlier ones', () => {
    expect(whyLines(WEB, whyIs(WEB, entries), plain)).toEqual([
      `${WEB}: update by step data/apps at 2026-01-01T00:08:00.000Z`,
      '  run two, bundle bundle-of-tw, started by grace',
      '  approved by ada: fine',
      '    spec.replicas: 2 -> 3',
      'Before that:',
      '  2026-01-01T00:02:00.000Z  create   data/apps  run one  started by ada',
    ]);
  });
});

describe('two runs', () => {
  test('differ in what was done to a thing, by step, and not in what was left as it was', () => {
    const before = [
      planned('one', 1, [change('create', WEB), change('create', 'gone')]),
      applied('one', 2, [change('create', WEB), change('create', 'gone'), change('unchanged', 'same')]),
      applied('one', 3, [change('create', 'bucket b')], 'bucket'),
    ];
    const after = [
      applied('two', 2, [change('update', WEB, 'spec.replicas: 2 -> 3'), change('unchanged', 'gone')]),
      planned('two', 3, [change('create', 'bucket b')], 'bucket'),
    ];
    const differences = runDifferences(before, after);
    expect(differences).toMatchObject([
      { step: 'data/apps', what: WEB, before: { action: 'create' }, after: { action: 'update', applied: true } },
      { step: 'data/apps', what: 'gone', before: { action: 'create' }, after: null },
      { step: 'data/bucket', what: 'bucket b', before: { applied: true }, after: { applied: false } },
    ]);
    const lines = runDifferenceLines(differences, plain);
    expect(lines).toContain('    + create (planned, not carried out)');
    expect(lines).toContain('    + nothing');
    expect(runDifferences(before, before)).toEqual([]);
  });

  test('are told by what was planned last where a step did not come to act', () => {
    const plans = [planned('one', 1, [change('create', 'a')]), planned('one', 2, [change('create', 'b')])];
    expect(runDifferences(plans, [])).toMatchObject([{ what: 'b', after: null }]);
  });
});
