import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDeps } from '../../src/activities/deps.ts';
import { gateActivities } from '../../src/activities/gates.ts';
import { tellingActivities } from '../../src/activities/telling.ts';
import { sha256 } from '../../src/bundle/digest.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { summarizePlan, type Change } from '../../src/domain/change.ts';
import type { RecordBody } from '../../src/domain/record-entry.ts';
import { openRecord, type RunRecord } from '../../src/record/record.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { policyOf } from '../support/policies.ts';

const plain = { needs: [], timeout: '1m', retry: { attempts: 1, initialInterval: '1s', maximumInterval: '1s' } };
const approval = { reason: 'r', approvers: [] };
const bundle = {
  ...{ rollout: 'platform', environment: 'production', files: {}, parameters: {} },
  decisions: { signatures: 'required', selfApproval: false, groups: {}, keys: {} },
  interlock: { provenWithin: '24h' },
  phases: [
    {
      ...{ name: 'data', needs: [] },
      steps: [
        { ...plain, name: 'go', kind: 'approval', approval },
        { ...plain, name: 'migrate', kind: 'postgres.migrate' },
      ],
    },
  ],
} as unknown as Bundle;
const scope = { environment: 'production', rollout: 'platform', run: 'run-1', bundle: 'b' };
const dropped: Change = { action: 'delete', what: 'table a', destructive: true };
const plan = summarizePlan([dropped], '', sha256);

const directory = mkdtempSync(join(tmpdir(), 'windlass-gates-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
let record: RunRecord;
let stores = 0;
beforeEach(() => {
  record = openRecord(new DirectoryStore(join(directory, String(++stores))));
});

/** A worker whose policy asks for signatures, of callers that are the run. */
function worker(start: object = { startedBy: 'mallory', signature: '' }): ActivityDeps {
  return {
    record,
    openBundle: () => Promise.resolve({ bundle, files: null as never }),
    provenThere: () => Promise.resolve(new Set<string>()),
    callers: { startOf: () => Promise.resolve({ ...start, environment: 'production', rollout: 'platform' }) },
    policy: { of: () => Promise.resolve(policyOf({ signers: {}, endpoints: [], signatures: 'required' })) },
  } as unknown as ActivityDeps;
}

async function append(body: RecordBody, step: string | null = null): Promise<void> {
  const at = { phase: step === null ? null : 'data', step };
  await record.append({
    id: `e${String(++stores)}`,
    time: new Date(stores).toISOString(),
    scope: { ...scope, ...at },
    body,
  });
}

const show = (step: string, changeDigest: string | null, before: number) => {
  const { openGate } = gateActivities(worker());
  return openGate({ scope, phase: 'data', step }, { changeDigest, before });
};

function open(step: string, changeDigest: string | null, before = 0, runId = 'one'): ReturnType<typeof show> {
  const workflowExecution = { workflowId: 'rollout/production/platform/data', runId };
  return new MockActivityEnvironment({ workflowExecution }).run(() => show(step, changeDigest, before));
}

const recorded = async (type: RecordBody['type']) =>
  (await record.read({ environment: 'production', rollout: 'platform', types: [type] })).entries;

describe('the opening of a gate', () => {
  test('is put on record with a number above all before it, and once for all attempts', async () => {
    const first = await open('go', null);
    expect(first).toMatchObject({ opening: 1, waives: null });
    expect(await open('go', null)).toEqual(first);
    const second = await open('go', null, 1);
    expect(second.opening).toBe(2);
    expect(second.changeDigest).not.toBe(first.changeDigest);
    // In the run of the workflow that continues.
    expect((await open('go', null, 0, 'two')).opening).toBe(3);
    // Of a phase that had opened it before openings were on record.
    expect((await open('go', null, 7)).opening).toBe(8);
    expect(await recorded('gate')).toHaveLength(4);
  });

  test('is what one of several attempts at once has put on record, whatever the others found', async () => {
    await append({ type: 'plan', summary: plan, changes: [dropped] }, 'migrate');
    const attempts = await Promise.all([1, 2, 3, 4].map(() => open('migrate', plan.changeDigest)));
    const [one] = await recorded('gate');
    expect(await recorded('gate')).toHaveLength(1);
    for (const { opening, changeDigest, waives } of attempts)
      expect(one?.body).toMatchObject({ opening, changeDigest, waives });
  });

  test('shows what is on record as a plan, and what the worker itself finds missing', async () => {
    await append({ type: 'plan', summary: plan, changes: [dropped] }, 'migrate');
    const backup = expect.stringContaining('backup') as unknown;
    expect(await open('migrate', plan.changeDigest)).toMatchObject({
      ...{ opening: 1, changeDigest: plan.changeDigest, waives: backup },
      lacks: { proof: backup, readiness: null },
    });
  });

  test.each([
    ['changes that nobody has planned', 'made up'],
    ['no changes, for a step that makes some', null],
  ])('does not show %s', async (_what, digest) => {
    await append({ type: 'plan', summary: plan, changes: [dropped] }, 'migrate');
    await expect(open('migrate', digest)).rejects.toMatchObject({ type: 'Unauthorised' });
    expect(await recorded('gate')).toEqual([]);
  });
});

describe('what a workflow tells the record', () => {
  const tell = (body: unknown, run = scope.run) =>
    new MockActivityEnvironment().run(() =>
      tellingActivities(worker()).appendRecord(
        { ...scope, run },
        'data',
        'go',
        `k${String(++stores)}`,
        body as RecordBody,
      ),
    );
  const decision = {
    ...{ verdict: 'approve', bundle: 'b', run: 'run-1', phase: 'data', step: 'go', changeDigest: 'c', opening: 1 },
    ...{ by: 'grace', comment: '', signature: '' },
  };
  const ended = { startedBy: 'mallory', state: 'failed', failure: null, phases: [] };

  test('is denied where it says that somebody approved who has not signed, and must', async () => {
    await tell({ type: 'decision', decision, denial: null });
    const [entry] = await recorded('decision');
    expect(entry?.body).toMatchObject({ verified: false, denial: expect.stringContaining('no key') as unknown });
  });

  test.each([
    ['nothing', null],
    ['what only activities see', { type: 'gate', opening: 9, changeDigest: 'c', waives: null }],
    ['a decision that is none', { type: 'decision', decision: null, denial: null }],
  ])('is refused by name where it is %s', async (_what, body) => {
    await expect(tell(body)).rejects.toMatchObject({ type: 'Unauthorised' });
  });

  test('is refused where a run is said to be done, and nothing of its phases', async () => {
    await append({ type: 'start', by: 'ada', signature: '' });
    await expect(tell({ type: 'verdict', status: { ...ended, state: 'done' } })).rejects.toMatchObject({
      message: expect.stringContaining('without saying so of each of its phases') as unknown,
    });
  });

  test('is on record for some refused starts of a day, and not for a flood of them', async () => {
    for (let run = 1; run <= 25; run += 1) await tell({ type: 'verdict', status: ended }, `refused-${String(run)}`);
    expect(await recorded('verdict')).toHaveLength(20);
    // One that was let begin is on record all the same.
    await append({ type: 'start', by: 'ada', signature: '' });
    await tell({ type: 'verdict', status: ended });
    expect(await recorded('verdict')).toHaveLength(21);
  });
});
