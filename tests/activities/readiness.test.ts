import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDeps } from '../../src/activities/deps.ts';
import { readinessActivities } from '../../src/activities/readiness.ts';
import type { ReadinessInput, ReadinessOutcome } from '../../src/contract/messages.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { ofType } from '../../src/domain/entries.ts';
import { canonicalJson } from '../../src/domain/json.ts';
import { measure } from '../../src/domain/measure.ts';
import { assess } from '../../src/domain/readiness/assess.ts';
import { readiness } from '../../src/domain/readiness/file.ts';
import type { StepLook } from '../../src/domain/readiness/look.ts';
import type { RecordBody, RecordEntry } from '../../src/domain/record-entry.ts';
import { openRecord } from '../../src/record/record.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { answering, closeAll } from '../http/support.ts';
import { filesOf } from '../postgres/support/files.ts';
import { finding } from '../report/entries.ts';

const ref = { environment: 'lab', rollout: 'shop' };
const BUNDLE = 'b'.repeat(64);
const directory = mkdtempSync(join(tmpdir(), 'windlass-assess-'));
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await closeAll();
});

const ASKED = readiness.parse({
  areas: [
    {
      name: 'core',
      checks: [
        { name: 'tables', points: 4, must: true, evidence: { from: 'step', step: 'data/tables' } },
        { name: 'answers', evidence: { from: 'probe', target: 'web', with: { protocol: 'http', within: '1s' } } },
        { name: 'three', evidence: { from: 'measure', measure: 'a', atLeast: 3 } },
      ],
    },
    {
      name: 'people',
      checks: [
        { name: 'trained', evidence: { from: 'manual', question: 'Are they?', by: ['night'] } },
        { name: 'told', evidence: { from: 'manual', question: 'Do they know?', by: ['ann'], signed: false } },
      ],
    },
  ],
});

/** A rollout whose record lies in a store of its own. */
async function world(body = '{"a": 3}') {
  const host = await answering(body);
  const store = new DirectoryStore(mkdtempSync(join(directory, 'store-')));
  const record = openRecord(store);
  const bundle = {
    ...{ ...ref, parameters: {}, files: {}, readiness: ASKED },
    targets: { web: { kind: 'http', url: { fromEnv: 'WEB' } } },
    decisions: { signatures: 'optional', selfApproval: true, groups: { night: ['ada'] }, keys: {} },
    measures: ['a', 'b'].map((name) =>
      measure.parse({ name, target: 'web', with: { protocol: 'http', json: { at: `/${name}` } } }),
    ),
    notifications: [{ url: { fromEnv: 'HOOK' }, on: ['fell'] }],
    phases: [
      {
        ...{ name: 'data', needs: [] },
        steps: ['tables', 'other'].map((name) => ({
          ...{ name, kind: 'probe', target: 'web', needs: [], with: {}, timeout: '1m' },
          retry: { attempts: 1, initialInterval: '1s', maximumInterval: '1s' },
        })),
      },
    ],
  } as unknown as Bundle;
  const policy = {
    ...{ signatures: 'optional', selfApproval: true, signers: {}, groups: { night: ['ada'] }, starters: ['ops'] },
    ...{
      endpoints: [host],
      references: { variables: ['WEB'], directories: [] },
      simulated: 'apart',
      freeze: [],
      gates: [],
    },
    ...{ limits: { steps: 10, files: 10 }, warrants: { valid: '90d', longest: '366d', revoked: [] } },
  };
  let start: ReadinessInput;
  const deps = {
    openBundle: () => Promise.resolve({ bundle, files: filesOf({}) }),
    ...{ record, policy: { of: () => Promise.resolve(policy) }, env: { WEB: `http://${host}` } },
    callers: { startOf: () => Promise.resolve(start) },
  } as unknown as ActivityDeps;
  const activities = readinessActivities(deps);
  const inActivity = <T>(work: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(work);
  return {
    /** What the gate of a step misses that demands a readiness. */
    async missing(readiness: string | number | null = 'base'): Promise<string | null> {
      const [, step] = bundle.phases[0]?.steps ?? [];
      Object.assign(step ?? {}, { approval: readiness === null ? {} : { readiness } });
      const at = { scope: { ...ref, run: 'run-9', bundle: BUNDLE }, phase: 'data', step: 'other' };
      return inActivity(() => activities.missingReadiness(at));
    },
    /** Opens and assesses as a run of the workflow does. */
    async look(run: string, more: Partial<ReadinessInput> = {}, steps: readonly StepLook[] = []) {
      start = { ...ref, bundle: BUNDLE, mode: 'readiness', startedBy: 'ops', signature: '', ...more };
      const opened = await inActivity(() => activities.openReadiness(start, run));
      const outcome: ReadinessOutcome = await inActivity(() =>
        activities.assessReadiness({ ...ref, run, bundle: BUNDLE }, steps),
      );
      return { opened, outcome };
    },
    async entries(): Promise<readonly RecordEntry[]> {
      const { entries, damaged } = await record.read(ref);
      expect(damaged).toEqual([]);
      return entries;
    },
    async verified(run: string, holds = true, how: 'real' | 'simulated' = 'real'): Promise<void> {
      const time = new Date().toISOString();
      const body: RecordBody = {
        type: 'evidence',
        act: 'verify',
        findings: [finding('tables', 'there', { holds, how, time })],
      };
      const scope = { ...ref, run, bundle: BUNDLE, phase: 'data', step: 'tables' };
      await record.append({ id: run.replaceAll('-', ''), time, scope, body });
    },
  };
}

let shop: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  shop = await world();
});

describe('an assessment', () => {
  test('knows which steps it must verify, and whom to tell', async () => {
    const { opened } = await shop.look('run-1');
    expect(opened).toMatchObject({ steps: [{ phase: 'data', step: { name: 'tables' } }], notifications: [['fell']] });
    expect(opened.steps).toHaveLength(1);
  });

  test('asks what checks ask, reads the measures that they name, and records both with what it comes to', async () => {
    await shop.verified('run-0');
    const { outcome } = await shop.look('run-1');
    expect(outcome).toMatchObject({
      now: { score: 50, level: null, capped: [] },
      ...{ simulated: 'apart', before: null, fell: null },
    });
    const entries = await shop.entries();
    const [looks] = ofType(entries, 'looks');
    expect(looks?.body).toMatchObject({
      ...{ steps: [], attested: [] },
      probes: [{ check: 'core/answers', outcome: 'holds', why: 'answers 200' }],
      measures: [{ name: 'a', value: 3 }],
    });
    expect(looks?.body.measures).toHaveLength(1);
    expect(ofType(entries, 'readiness')[0]?.body.card.areas).toMatchObject([
      { score: 100, checks: [{ result: 'pass' }, { result: 'pass' }, { result: 'pass' }] },
      { score: null, checks: [{ result: 'unobserved' }, { result: 'unobserved' }] },
    ]);
  });

  test('can be made again out of the record alone, point by point', async () => {
    await shop.verified('run-0', true, 'simulated');
    await shop.look('run-1');
    await shop.look('run-2', {
      startedBy: 'ann',
      attests: { check: 'people/told', question: 'Do they know?', holds: true, reason: 'I asked.' },
    });
    await shop.verified('run-3');
    await shop.look('run-4', {}, [{ step: 'data/other', outcome: 'fails', why: 'no', time: new Date().toISOString() }]);
    const entries = await shop.entries();
    const recorded = ofType(entries, 'readiness');
    expect(recorded).toHaveLength(3);
    for (const { body, scope } of recorded) {
      const { shape, bundles, card } = body;
      const before = entries.filter(({ time }) => Date.parse(time) <= Date.parse(card.at));
      const how = { at: Date.parse(card.at), simulated: card.simulated };
      const { environment, rollout } = scope;
      const again = assess(shape, { entries: before, damaged: [] }, { environment, rollout, bundles }, how);
      expect(canonicalJson(again)).toBe(canonicalJson(card));
      // Each pass rests on an entry that is there, of that run.
      for (const { result, evidence } of card.areas.flatMap(({ checks }) => checks)) {
        if (result !== 'pass') continue;
        expect(before.filter(({ id, scope: { run } }) => id === evidence?.entry && run === evidence.run)).toHaveLength(
          1,
        );
      }
    }
    expect(recorded.map(({ body }) => body.card.score)).toEqual([16.6, 41.6, 75]);
  });

  test('says how it fell since it was looked at before', async () => {
    await shop.verified('run-0');
    await shop.look('run-1');
    await shop.verified('run-2', false);
    expect((await shop.look('run-3')).outcome).toMatchObject({
      before: { score: 50, level: null },
      fell: 'the readiness fell from 50 of 100, no level to 16.6 of 100, no level; newly failing: core/tables',
    });
    expect((await shop.look('run-4')).outcome).toMatchObject({ fell: null });
  });

  test('takes a step that could not be verified for unobserved', async () => {
    await shop.verified('run-0');
    const time = new Date(Date.now() + 5).toISOString();
    await shop.look('run-1', {}, [{ step: 'data/tables', outcome: 'unknown', why: 'it did not answer', time }]);
    await shop.look('run-2');
    const cards = ofType(await shop.entries(), 'readiness').map(({ body }) => body.card.areas[0]?.checks[0]);
    expect(cards[1]).toMatchObject({ result: 'unobserved', why: 'it did not answer' });
  });
});

describe('what a gate misses', () => {
  test('is told by the level that it demands and by how ready the platform is now', async () => {
    expect(await shop.missing()).toBe(
      'no readiness of base (it is unknown, since nothing was observed; what must pass and does not: core/tables)',
    );
    await shop.verified('run-0');
    await shop.look('run-1');
    await shop.look('run-2', {
      ...{
        startedBy: 'ann',
        attests: { check: 'people/told', question: 'Do they know?', holds: true, reason: 'Yes.' },
      },
    });
    expect(await shop.missing()).toBe('no readiness of base (it is 75 of 100, no level)');
    expect(await shop.missing(70)).toBeNull();
  });

  test('is nothing where it demands nothing', async () => {
    expect(await shop.missing(null)).toBeNull();
  });
});

describe('what somebody says to a manual check', () => {
  const attests = { check: 'people/told', question: 'Do they know?', holds: true, reason: 'I asked each.' };

  test('is on record with their name, and looks at nothing else', async () => {
    // Not one who may start anything.
    const { opened } = await shop.look('run-1', { startedBy: 'ann', attests });
    expect(opened.steps).toEqual([]);
    const entries = await shop.entries();
    expect(ofType(entries, 'looks')[0]?.body).toMatchObject({
      ...{ probes: [], measures: [] },
      attested: [{ ...attests, by: 'ann', signed: false }],
    });
    expect(ofType(entries, 'readiness')[0]?.body.card.areas[1]?.checks[1]).toMatchObject({
      ...{ result: 'pass', why: 'ann: I asked each.' },
    });
  });

  test.each([
    [
      'by somebody who may not say it',
      { startedBy: 'bob' },
      'DecisionDenied',
      'bob is none of those who may say so: ann',
    ],
    [
      'to another question',
      { attests: { ...attests, question: 'Really?' } },
      'InvalidRollout',
      'asks another question',
    ],
    [
      'to a check that is no manual one',
      { attests: { ...attests, check: 'core/tables' } },
      'InvalidRollout',
      'no such manual check',
    ],
    [
      'without the signature that the check asks for',
      { startedBy: 'ada', attests: { ...attests, check: 'people/trained', question: 'Are they?' } },
      'DecisionDenied',
      'What is said to this check must be signed',
    ],
  ])('is refused %s', async (_, more, type, message) => {
    await expect(shop.look('run-1', { startedBy: 'ann', attests, ...more })).rejects.toMatchObject({
      type,
      message: expect.stringContaining(message),
    });
    expect(ofType(await shop.entries(), 'looks')).toEqual([]);
  });
});

test('an assessment is refused to those who may start nothing, and that is on record', async () => {
  await expect(shop.look('run-1', { startedBy: 'mallory' })).rejects.toMatchObject({ type: 'Unauthorised' });
  expect(await shop.entries()).toMatchObject([
    {
      body: {
        type: 'start',
        by: 'mallory',
        mode: 'readiness',
        denial: expect.stringContaining('does not let mallory'),
      },
    },
  ]);
});
