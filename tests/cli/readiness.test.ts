import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { saveBundle } from '../../src/bundle/store.ts';
import { assessed } from '../../src/cli/assessed.ts';
import { lapsingLines, scorecardLines } from '../../src/cli/view/readiness.ts';
import { readConfig, type Config } from '../../src/config.ts';
import { lapsing } from '../../src/domain/readiness/lapsing.ts';
import type { RecordBody } from '../../src/domain/record-entry.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { rolloutOf } from '../bundle/scratch.ts';
import { finding } from '../report/entries.ts';
import { plain } from './support.ts';

const ROLLOUT = `apiVersion: windlass.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  targets: { web: { kind: http } }
  readiness:
    areas:
      - name: access
        title: Access
        weight: 3
        checks:
          - { name: answers, points: 3, must: true, maxAge: 2d, evidence: { from: step, step: only/ask } }
          - { name: signs-in, title: People sign in, level: good, mend: Ask ada., evidence: { from: step, step: only/sign } }
      - name: backup
        checks:
          - { name: asks, maxAge: 30d, evidence: { from: step, step: only/ask } }
  phases:
    - name: only
      steps:
        - { name: ask, kind: probe, target: web, with: { protocol: http } }
        - { name: sign, kind: probe, target: web, with: { protocol: http, path: /sign-in } }
`;
const ENVIRONMENT = `apiVersion: windlass.dev/v1alpha1
kind: Environment
metadata: { name: lab }
spec: { targets: { web: { kind: http, url: { fromEnv: WEB_URL } } } }
`;
const ref = { environment: 'lab', rollout: 'shop' };
const day = (number: number) => Date.UTC(2026, 0, number);

let directory: string;
let config: Config;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windlass-readiness-'));
  config = readConfig({ WINDLASS_STORE: `file://${directory}` });
  const store = openStore(config.store.url);
  const digestOf = async (rollout: string) => {
    await using source = await rolloutOf(null, { 'rollout.yaml': rollout, 'environments/lab.yaml': ENVIRONMENT });
    const loaded = await loadRollout(source.path, 'lab');
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    await saveBundle(store, loaded);
    return loaded.digest;
  };
  const [unasked, asked, later] = [
    await digestOf(ROLLOUT.replace(/ {2}readiness:[\s\S]*(?= {2}phases:)/, '')),
    await digestOf(ROLLOUT),
    await digestOf(ROLLOUT.replace('must: true', 'must: false')),
  ];
  const record = openRecord(store);
  const append = (run: string, bundle: string, at: number, step: string | null, body: RecordBody) => {
    const scope = { ...ref, run, bundle, phase: step === null ? null : 'only', step };
    return record.append({
      id: `${body.type}-${run}-${step ?? ''}`.replaceAll('-', ''),
      time: new Date(at).toISOString(),
      scope,
      body,
    });
  };
  const start = { type: 'start', by: 'ada', signature: '' } as const;
  const seen = (at: number, holds = true): RecordBody => ({
    type: 'evidence',
    act: 'verify',
    findings: [finding('web', 'answers 200', { holds, time: new Date(at).toISOString() })],
  });
  await append('run-1', unasked, day(1), null, start);
  await append('run-2', asked, day(2), null, start);
  await append('run-2', asked, day(2) + 1_000, 'ask', seen(day(2)));
  await append('run-3', later, day(4), null, { ...start, simulated: 'counts' });
  await append('run-3', later, day(4) + 1_000, 'sign', seen(day(4), false));
});
afterAll(() => rm(directory, { recursive: true }));

describe('readiness out of the record', () => {
  test('is that of the bundle of the newest run that had begun by then', async () => {
    const { card } = await assessed(config, ref, day(2) + 3_600_000);
    expect(card).toMatchObject({
      ...{ score: 81.2, level: 'base', simulated: 'apart', capped: [] },
      areas: [
        { score: 75, level: 'base', checks: [{ result: 'pass' }, { result: 'unobserved' }] },
        { score: 100, level: 'best' },
      ],
    });
  });

  test('counts what was had with a bundle that differs in what is asked alone', async () => {
    const { card } = await assessed(config, ref, day(4) + 3_600_000);
    expect(card).toMatchObject({
      ...{ score: 25, level: null, simulated: 'counts' },
      areas: [
        { score: 0, checks: [{ result: 'stale' }, { result: 'fail', evidence: { run: 'run-3' } }] },
        { score: 100, checks: [{ result: 'pass', evidence: { run: 'run-2' } }] },
      ],
    });
  });

  test('rests on every run, whichever run it is told for', async () => {
    const whole = await assessed(config, ref, day(4) + 3_600_000);
    const { card } = await assessed(config, { ...ref, run: 'run-3' } as typeof ref, day(4) + 3_600_000);
    expect(card).toEqual(whole.card);
  });

  test('is not told where nothing is asked, or no run had begun', async () => {
    await expect(assessed(config, ref, day(1) + 1)).rejects.toMatchObject({
      type: 'NotFound',
      message: 'The rollout does not say what makes it ready.',
    });
    await expect(assessed(config, ref, 0)).rejects.toMatchObject({
      type: 'NotFound',
      message: 'The record has no run that had begun by 1970-01-01T00:00:00.000Z.',
    });
  });

  test('is shown with each point, its source, how it was had, and how what is open is mended', async () => {
    const { card, bundle } = await assessed(config, ref, day(2) + 3_600_000);
    expect([
      ...scorecardLines(card, { ...ref, bundle }, plain),
      ...lapsingLines(lapsing(card, 7 * 86_400_000), ref, plain),
    ]).toEqual([
      `shop → lab, bundle ${bundle.slice(0, 12)}, at 2026-01-02T01:00:00.000Z`,
      'Readiness: 81.2 of 100, base',
      'Only what is real counts; what is simulated or rests on a stand-in is counted apart.',
      '',
      'Access: 75 of 100, base (3 of 4 points; weight 3)',
      '  ✓ answers   pass        3  base, must  real  web: answers 200',
      '      step only/ask: seen 2026-01-02T00:00:00.000Z by run run-2, GET /web',
      '  ? signs-in  unobserved  1  good              no run with this bundle has verified only/sign',
      '',
      'backup: 100 of 100, best (1 of 1 points; weight 1)',
      '  ✓ asks  pass  1  base  real  web: answers 200',
      '      step only/ask: seen 2026-01-02T00:00:00.000Z by run run-2, GET /web',
      '',
      'To be mended:',
      '  access/signs-in (People sign in): unobserved; step only/sign',
      '    Ask ada.',
      '    windlass readiness shop --environment lab --live',
      '',
      'Lapses within 7 days:',
      '  2026-01-04T00:00:00.000Z  access/answers',
      '    windlass readiness shop --environment lab --live',
    ]);
  });

  test('says where it counts what is simulated, and what it comes to without', async () => {
    const { card, bundle } = await assessed(config, ref, day(4) + 3_600_000);
    expect(scorecardLines(card, { ...ref, bundle }, plain).slice(1, 3)).toEqual([
      'Readiness: 25 of 100, no level',
      "What is SIMULATED or rests on a STAND-IN counts here, as the worker's policy says; by what is real alone: 25 of 100, no level.",
    ]);
  });
});
