import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DamagedEntry } from '../../../src/domain/damage.ts';
import type { DrillVerdict } from '../../../src/domain/drill/verdict.ts';
import type { RecordedFinding } from '../../../src/domain/evidence.ts';
import { alike } from '../../../src/domain/readiness/alike.ts';
import { assess } from '../../../src/domain/readiness/assess.ts';
import type { Evidence, EvidenceOf } from '../../../src/domain/readiness/evidence-file.ts';
import type { RecordBody, RecordEntry } from '../../../src/domain/record-entry.ts';
import { probe } from '../../../src/domain/kinds/probe.ts';
import type { Attestation, Looks, ProbeLook } from '../../../src/domain/readiness/look.ts';
import { entry, finding, step, verdict } from '../../report/entries.ts';
import { check, shapeWith } from './support.ts';

const BUNDLE = 'b'.repeat(64);
const START = Date.UTC(2026, 0, 1);
const of = { environment: 'lab', rollout: 'shop', bundles: [BUNDLE] };

/** How one check stands an hour after the run began. */
function standing(evidence: Evidence, entries: readonly RecordEntry[], damaged: readonly DamagedEntry[] = []) {
  const shape = shapeWith([[check('a', { evidence })]]);
  const card = assess(shape, { entries, damaged }, of, { at: START + 3_600_000, simulated: 'apart' });
  return card.areas[0]?.checks[0];
}

const verified = (findings: readonly RecordedFinding[]): RecordBody => ({ type: 'evidence', act: 'verify', findings });
const failure = { type: 'TargetUnreachable', message: 'It did not answer.', next: 'Look.', retryable: true } as const;
const damage = (run: string | null, type: DamagedEntry['type']): DamagedEntry => ({
  ...{ environment: 'lab', rollout: 'shop', run, type, object: 'record/lab/shop/x', damage: 'gone', why: 'is gone' },
});

describe('a check of a step', () => {
  const asked = { from: 'step', step: 'data/tables' } as const;

  test('passes by its own verification, with its run and its source', () => {
    const entries = [
      entry(10, 'data/tables', verified([finding('tables', '54 like t_ds_%'), finding('roles', 'exist')])),
    ];
    expect(standing(asked, entries)).toMatchObject({
      result: 'pass',
      why: 'tables: 54 like t_ds_%, and 1 more',
      evidence: { run: 'run-1', entry: entries[0]?.id, source: 'GET /tables', time: '2026-01-01T00:00:09.000Z' },
      renew: { verb: 'readiness --live' },
    });
  });

  test('passes neither by what was found while it was applied, nor by what was planted for a drill', () => {
    const found = [finding('tables', 'made')];
    const entries = [
      entry(10, 'data/tables', { type: 'evidence', act: 'apply', findings: found }),
      entry(11, 'data/tables', { type: 'evidence', act: 'witness', findings: found }),
      entry(12, 'data/tables', { type: 'evidence', findings: found }),
      entry(13, 'data/other', verified(found)),
    ];
    expect(standing(asked, entries)).toMatchObject({
      result: 'unobserved',
      why: 'no run with this bundle has verified data/tables',
    });
  });

  test('is as real as the weakest of what was found', () => {
    const found = [finding('tables', 'there'), finding('pods', 'ready', { how: 'simulated' })];
    expect(standing(asked, [entry(10, 'data/tables', verified(found))])).toMatchObject({
      evidence: { how: 'simulated' },
    });
  });

  test('fails once something that was claimed does not hold, and passes when it holds again', () => {
    const entries = [
      entry(10, 'data/tables', verified([finding('tables', 'there'), finding('roles', 'exist', { holds: false })])),
    ];
    expect(standing(asked, entries)).toMatchObject({ result: 'fail', why: 'roles: exist does not hold' });
    const again = [...entries, entry(20, 'data/tables', verified([finding('tables', 'there')]))];
    expect(standing(asked, again)).toMatchObject({ result: 'pass' });
  });

  test('fails while the step is parked', () => {
    const entries = [
      entry(10, 'data/tables', verified([finding('tables', 'there')])),
      entry(20, 'data/tables', { type: 'parked', failure }),
    ];
    expect(standing(asked, entries)).toMatchObject({ result: 'fail', why: 'the step was parked: It did not answer.' });
  });
});

describe('evidence', () => {
  const asked = { from: 'step', step: 'data/tables' } as const;
  const own = entry(10, 'data/tables', verified([finding('tables', 'there')]));
  const elsewhere = (scope: Partial<RecordEntry['scope']>) => ({ ...own, scope: { ...own.scope, ...scope } });

  test('of another bundle does not count, and is named', () => {
    expect(standing(asked, [elsewhere({ bundle: 'c'.repeat(64) })])).toMatchObject({
      result: 'unobserved',
      why: 'no run with this bundle has verified data/tables: what there is was had with bundle cccccccccccc',
    });
  });

  test.each([
    ['environment', { environment: 'production' }],
    ['rollout', { rollout: 'other' }],
  ])('of another %s does not count', (_, scope) => {
    expect(standing(asked, [elsewhere(scope)])).toMatchObject({ result: 'unobserved', evidence: null });
  });

  test('that was recorded after the moment that is asked for does not count', () => {
    expect(standing(asked, [entry(3_601, 'data/tables', own.body)])).toMatchObject({ result: 'unobserved' });
  });

  test('that may be older than what does not read does not count', () => {
    const damaged = [damage('run-1', 'evidence')];
    expect(standing(asked, [own], damaged)).toMatchObject({
      result: 'unobserved',
      why: expect.stringContaining("1 of the record's entries does not read"),
    });
    expect(standing(asked, [own], [damage(null, null)])).toMatchObject({ result: 'unobserved' });
    expect(standing(asked, [own], [damage('run-1', 'decision')])).toMatchObject({ result: 'pass' });
  });

  test('that is younger than the end of the run of which something does not read counts', () => {
    const ended = elsewhere({ run: 'run-0' });
    const entries = [{ ...entry(5, null, verdict('done', [step('tables', 'done')])), scope: ended.scope }, own];
    expect(standing(asked, entries, [damage('run-0', 'evidence')])).toMatchObject({ result: 'pass' });
  });
});

describe('a check of a drill', () => {
  const asked = { from: 'drill', drill: 'backup/drill', objectives: true } as const;
  const proven: DrillVerdict = {
    ...{ verdict: 'proven', backup: 'drill-1', backedUpAt: '2025-12-31T23:00:00.000Z', faults: [], missed: [] },
    ...{ rtoSeconds: 10, rpoSeconds: 3_700, failure: null },
  };
  const seen = (how: 'real' | 'simulated' = 'real'): RecordedFinding => ({
    ...{ kind: 'drill-proof', holds: true, how, source: 'restore drill-1', time: '2026-01-01T00:01:00.000Z' },
    about: { drill: { namespace: 'velero', name: 'drill' }, backup: 'drill-1' },
    observed: { faults: [], parts: [], restoreSeconds: 10, ageSeconds: 3_700 },
  });
  const restored = (how?: 'simulated') =>
    entry(60, 'backup/drill', { type: 'evidence', act: 'drill', findings: [seen(how)] });
  const ended = (verdictOf: Partial<DrillVerdict> = {}) =>
    entry(61, 'backup/drill', { type: 'drill', verdict: { ...proven, ...verdictOf } });

  test('passes by a restore that has proven a backup, and is as old as that', () => {
    expect(standing(asked, [restored(), ended()])).toMatchObject({
      result: 'pass',
      why: 'proven Backup drill-1',
      evidence: { time: '2025-12-31T23:00:00.000Z', source: 'restore of backup drill-1', how: 'real' },
      lapses: '2026-01-01T23:00:00.000Z',
      renew: { verb: 'drill', of: 'backup/drill' },
    });
    expect(standing(asked, [restored('simulated'), ended()])).toMatchObject({ evidence: { how: 'simulated' } });
  });

  test('fails by a restore that speaks against a backup', () => {
    const refuted = ended({ verdict: 'refuted', faults: ['3 rows are missing'] });
    expect(standing(asked, [restored(), refuted])).toMatchObject({
      result: 'fail',
      why: expect.stringContaining('3 rows'),
    });
  });

  test('fails when the restore took longer than it may, unless that is not asked', () => {
    const late = ended({ missed: ['restores within 5s'] });
    expect(standing(asked, [restored(), late])).toMatchObject({ result: 'fail' });
    expect(standing({ ...asked, objectives: false }, [restored(), late])).toMatchObject({ result: 'pass' });
  });

  test('is not made worse or better by a drill that came to nothing', () => {
    const failed = entry(120, 'backup/drill', {
      type: 'drill',
      verdict: { ...proven, verdict: 'failed', backup: null, failure },
    });
    expect(standing(asked, [restored(), ended(), failed])).toMatchObject({ result: 'pass' });
    expect(standing(asked, [failed])).toMatchObject({ result: 'unobserved' });
  });

  test('is no pass by a verdict alone, without what the restore showed', () => {
    expect(standing(asked, [ended()])).toMatchObject({
      result: 'unobserved',
      why: 'what the restore of drill-1 showed is not on record',
    });
  });
});

describe('a check of a measure', () => {
  const asked = { from: 'measure', measure: 'pods-failing', atMost: 0 } as const;
  const read = (seconds: number, moment: 'before' | 'after', value: number | null, why?: string) =>
    entry(seconds, null, {
      type: 'measures',
      moment,
      readings: [
        {
          ...{ name: 'pods-failing', title: 'Failing pods', value, source: 'pods of the cluster' },
          ...(why === undefined ? {} : { why }),
          time: new Date(START + seconds * 1_000).toISOString(),
        },
      ],
    });

  test('compares what was read last', () => {
    expect(standing(asked, [read(10, 'before', 15)])).toMatchObject({
      result: 'fail',
      why: '15; asked for is at most 0',
    });
    expect(standing(asked, [read(10, 'before', 15), read(20, 'after', 0)])).toMatchObject({
      result: 'pass',
      evidence: { source: 'pods of the cluster' },
    });
  });

  test('is unobserved where it could not be read last, and says why', () => {
    expect(standing(asked, [read(10, 'before', 0), read(20, 'after', null, 'refused the connection')])).toMatchObject({
      result: 'unobserved',
      why: 'it refused the connection',
    });
  });
});

describe('what an assessment saw', () => {
  const looked = (seconds: number, more: Partial<Looks>) =>
    entry(seconds, null, { type: 'looks', ...{ steps: [], probes: [], measures: [], attested: [] }, ...more });
  const time = '2026-01-01T00:00:20.000Z';

  test('makes a step fail that could be verified no more, and one unobserved that could not be looked at', () => {
    const asked = { from: 'step', step: 'data/tables' } as const;
    const before = entry(10, 'data/tables', verified([finding('tables', 'there')]));
    const look = (outcome: 'fails' | 'unknown') =>
      looked(20, { steps: [{ step: 'data/tables', outcome, why: 'nobody answers', time }] });
    expect(standing(asked, [before, look('fails')])).toMatchObject({ result: 'fail', why: 'nobody answers' });
    expect(standing(asked, [before, look('unknown')])).toMatchObject({ result: 'unobserved', why: 'nobody answers' });
  });

  test('counts for a measure as what a run has read', () => {
    const reading = { name: 'pods', title: 'Pods', value: 3, source: 'cluster', time };
    const asked = { from: 'measure', measure: 'pods', atLeast: 3 } as const;
    expect(standing(asked, [looked(20, { measures: [reading] })])).toMatchObject({ result: 'pass' });
  });

  describe('of a probe', () => {
    const asked = {
      ...{ from: 'probe', target: 'web' },
      with: probe.parse({ protocol: 'http', path: '/ready' }),
    } as Evidence;
    const answer = (of: object, more: Partial<ProbeLook> = {}) =>
      looked(20, {
        probes: [
          {
            ...{
              check: 'area-0/a',
              asked: JSON.parse(JSON.stringify(of)) as never,
              outcome: 'holds',
              why: 'answers 200',
            },
            ...{ how: 'real', source: 'GET /ready', time },
            ...more,
          },
        ],
      });
    const question = { target: 'web', with: (asked as { with: object }).with };

    test('passes by the last answer to this very question', () => {
      expect(standing(asked, [answer(question)])).toMatchObject({ result: 'pass', why: 'answers 200' });
      expect(standing(asked, [answer(question, { outcome: 'fails' })])).toMatchObject({ result: 'fail' });
      expect(standing(asked, [answer(question, { outcome: 'unknown' })])).toMatchObject({ result: 'unobserved' });
    });

    test('does not pass by the answer to another question, or of another check', () => {
      const other = { ...question, with: { ...question.with, path: '/' } };
      expect(standing(asked, [answer(other)])).toMatchObject({ result: 'unobserved' });
      expect(standing(asked, [answer(question, { check: 'area-0/b' })])).toMatchObject({ result: 'unobserved' });
    });
  });

  describe('of a manual check', () => {
    const asked: EvidenceOf<'manual'> = { from: 'manual', question: 'Is it?', by: ['ann'], signed: true };
    const said = (more: Partial<Attestation> = {}) =>
      looked(20, {
        attested: [
          {
            ...{
              check: 'area-0/a',
              question: 'Is it?',
              holds: true,
              reason: 'I saw it.',
              by: 'ann',
              signed: true,
              time,
            },
            ...more,
          },
        ],
      });

    test('passes by what somebody signed, with the reason, until it lapses', () => {
      expect(standing(asked, [said()])).toMatchObject({
        ...{ result: 'pass', why: 'ann: I saw it.', lapses: '2026-01-02T00:00:20.000Z' },
        evidence: { source: 'ann, signed' },
        renew: { verb: 'attest', of: 'area-0/a' },
      });
    });

    test('fails by a no, and passes neither without a signature nor by the answer to another question', () => {
      expect(standing(asked, [said({ holds: false })])).toMatchObject({ result: 'fail' });
      expect(standing(asked, [said({ signed: false })])).toMatchObject({ result: 'unobserved' });
      expect(standing({ ...asked, signed: false }, [said({ signed: false })])).toMatchObject({ result: 'pass' });
      expect(standing(asked, [said({ question: 'Was it?' })])).toMatchObject({
        result: 'unobserved',
        why: 'nobody has said so with this bundle; ann may',
      });
    });
  });
});

test('evidence of a source that this version does not know is unobserved', () => {
  expect(standing({ from: 'oracle' } as unknown as Evidence, [])).toMatchObject({
    result: 'unobserved',
    why: 'this version of Windlass knows no evidence from oracle',
  });
});

test('the order in which entries come does not matter', () => {
  const entries = [
    entry(10, 'data/tables', verified([finding('tables', 'there')])),
    entry(20, 'data/tables', { type: 'parked', failure }),
    entry(30, 'data/tables', verified([finding('tables', 'there'), finding('roles', 'exist', { how: 'stand-in' })])),
    entry(40, 'data/tables', verified([finding('roles', 'exist')])),
  ];
  const asked = { from: 'step', step: 'data/tables' } as const;
  fc.assert(
    fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (shuffled) => {
      expect(standing(asked, shuffled)).toEqual(standing(asked, entries));
    }),
  );
});

describe('a bundle', () => {
  const bundle = { rollout: 'shop', phases: [], files: {}, readiness: { cap: 50, areas: [] } };
  const bundles: Record<string, object> = {
    one: bundle,
    two: { ...bundle, readiness: { cap: 50, areas: [], exemptions: ['x'] } },
    three: { ...bundle, files: { 'a.yaml': '1' } },
  };
  const open = (digest: string) => Promise.resolve((bundles[digest] ?? null) as never);

  test('is alike another one that differs in what is asked of the readiness alone', async () => {
    expect(await alike('one', bundle as never, ['three', 'two', 'gone', 'one'], open)).toEqual(['one', 'two']);
  });
});
