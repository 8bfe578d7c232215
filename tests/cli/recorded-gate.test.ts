import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { recordedEntries } from '../../src/cli/recorded.ts';
import { gateToSign, recordedGate } from '../../src/client-recorded.ts';
import { readConfig, type Config } from '../../src/config.ts';
import { summarizePlan, type Change } from '../../src/domain/change.ts';
import type { RecordBody } from '../../src/domain/record-entry.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { sha256 } from '../../src/store/sha256.ts';
import { gate, status } from './support.ts';

let directory: string;
let config: Config;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windlass-shown-'));
  config = readConfig({ WINDLASS_STORE: pathToFileURL(directory).href });
});
afterEach(() => rm(directory, { recursive: true }));

const seen = status('blocked');
const changes = (name: string): readonly Change[] =>
  Array.from({ length: 20 }, (_, at) => ({ action: 'create', what: `${name} ${at}`, destructive: false }));
const planOf = (all: readonly Change[]): Extract<RecordBody, { type: 'plan' }> => ({
  type: 'plan',
  summary: summarizePlan(all, 'By hand.', sha256),
  changes: all,
});

async function record(body: RecordBody, id: string, time: string, run = seen.run): Promise<void> {
  const { environment, rollout, bundle } = seen;
  const scope = { environment, rollout, bundle, run, phase: 'backup', step: 'bucket' };
  await openRecord(openStore(config.store.url)).append({ id, time, scope, body });
}

const gateOf = (body: Extract<RecordBody, { type: 'plan' }>) =>
  gate({ plan: body.summary, changeDigest: body.summary.changeDigest });

describe('all changes that a gate waits on', () => {
  test('are those of the plan that the gate was opened over, not of another plan of the step', async () => {
    await record(planOf(changes('old')), 'a', '2026-01-01T00:00:00.000Z');
    await record(planOf(changes('shown')), 'b', '2026-01-01T00:00:01.000Z');
    await record(planOf(changes('later')), 'c', '2026-01-01T00:00:02.000Z');
    const shown = planOf(changes('shown'));
    expect((await recordedGate(config, seen, gateOf(shown))).changes).toEqual(shown.changes);
  });

  test('are not shown when they are not what the digest is of, which is what would be signed', async () => {
    const forged = { ...planOf(changes('shown')), changes: changes('harmless') };
    await record(forged, 'a', '2026-01-01T00:00:00.000Z');
    expect((await recordedGate(config, seen, gateOf(forged))).changes).toBeNull();
  });

  test('are refused where the record of the run has no such plan, since somebody may answer in the name of the rollout', async () => {
    await record({ type: 'start', by: 'ada', signature: '' }, 'a', '2026-01-01T00:00:00.000Z');
    await record(planOf(changes('old')), 'b', '2026-01-01T00:00:01.000Z');
    await expect(recordedGate(config, seen, gateOf(planOf(changes('made up'))))).rejects.toMatchObject({
      type: 'DecisionDenied',
      message: expect.stringContaining('has no plan of the changes that the gate shows') as unknown,
    });
  });

  test('are refused where the gate is shown as a bare approval, and what would be signed is a plan on record', async () => {
    const drop = planOf([{ action: 'delete', what: 'table orders', destructive: true }]);
    await record({ type: 'start', by: 'ada', signature: '' }, 'a', '2026-01-01T00:00:00.000Z');
    await record(drop, 'b', '2026-01-01T00:00:01.000Z');
    const bare = gate({ plan: null, reason: 'May the newsletter go out?', changeDigest: drop.summary.changeDigest });
    await expect(recordedGate(config, seen, bare)).rejects.toMatchObject({
      type: 'DecisionDenied',
      message: expect.stringMatching(/shown without changes.*1 to delete.*1 of them destroy data/) as unknown,
    });
  });

  test('are left to the gate where the record is not at hand', async () => {
    const { changes: all, by } = await recordedGate(config, seen, gateOf(planOf(changes('shown'))));
    expect({ all, by }).toEqual({ all: null, by: 'status' });
  });
});

describe('a gate that somebody signs for', () => {
  const shown = planOf(changes('shown'));
  const { changeDigest } = shown.summary;
  const opened = (opening: number, waives: string | null = null): RecordBody => ({
    ...{ type: 'gate', opening, changeDigest, waives },
  });
  const told = (opening: number, waives?: string) => ({
    ...gateOf(shown),
    ...{ opening, ...(waives === undefined ? {} : { waives }) },
  });
  const decided = (verdict: 'approve' | 'withdraw', opening: number): RecordBody => ({
    type: 'decision',
    denial: null,
    decision: {
      ...{ verdict, by: 'grace', comment: '', signature: 's', changeDigest, opening },
      ...{ bundle: seen.bundle, run: seen.run, phase: 'backup', step: 'bucket' },
    },
  });
  const denied = (message: string) => ({
    type: 'DecisionDenied',
    message: expect.stringContaining(message) as unknown,
  });
  beforeEach(async () => {
    await record({ type: 'start', by: 'ada', signature: '', gates: 'recorded' }, 'a', '2026-01-01T00:00:00.000Z');
    await record(shown, 'b', '2026-01-01T00:00:01.000Z');
  });

  test('is the one that a worker has put on record', async () => {
    await record(opened(1), 'c', '2026-01-01T00:00:02.000Z');
    await record(opened(2), 'd', '2026-01-01T00:00:03.000Z');
    expect(await gateToSign(config, seen, told(2))).toEqual({ ...told(2), withdrawals: [] });
  });

  test.each([
    ['a later opening, which a rejection of this one would not reach', told(3)],
    ['an earlier opening', told(1)],
    ['another bare approval', { ...told(2), plan: null, changeDigest: 'made up' }],
    ['something to waive that nothing lacks', told(2, 'nothing of interest')],
  ])('is not signed where who answers for the rollout tells of %s', async (_of, made) => {
    await record(opened(1), 'c', '2026-01-01T00:00:02.000Z');
    await record(opened(2), 'd', '2026-01-01T00:00:03.000Z');
    await expect(gateToSign(config, seen, made)).rejects.toMatchObject(denied('has opening 2, over'));
  });

  test('is shown by the plan on record, whatever the status says of it', async () => {
    await record(opened(1), 'c', '2026-01-01T00:00:02.000Z');
    const made = { ...shown.summary, destructive: 0, lines: ['create nothing of interest'], undo: 'Easily.' };
    expect((await gateToSign(config, seen, { ...told(1), plan: made })).plan).toEqual(shown.summary);
  });

  test('is not signed where what is missing is kept from whoever decides', async () => {
    await record(opened(1, 'no proven backup'), 'c', '2026-01-01T00:00:02.000Z');
    await expect(gateToSign(config, seen, told(1))).rejects.toMatchObject(denied('The status shows opening 1'));
  });

  test('is not signed before it has opened', async () => {
    await expect(gateToSign(config, seen, told(1))).rejects.toMatchObject(denied('has no opening of it'));
  });

  test('has the withdrawals of the record, whatever the status says', async () => {
    await record(opened(1), 'c', '2026-01-01T00:00:02.000Z');
    await record(decided('approve', 1), 'd', '2026-01-01T00:00:03.000Z');
    await record(decided('withdraw', 1), 'e', '2026-01-01T00:00:04.000Z');
    const made = { ...told(1), withdrawals: ['grace', 'grace', 'ada'] };
    expect((await gateToSign(config, seen, made)).withdrawals).toEqual(['grace']);
  });

  test('of a run that began before openings were on record is signed as the status has it', async () => {
    const run = 'of-before';
    await record({ type: 'start', by: 'ada', signature: '' }, 'a', '2026-01-01T00:00:00.000Z', run);
    await record(shown, 'b', '2026-01-01T00:00:01.000Z', run);
    expect(await gateToSign(config, { ...seen, run }, told(1))).toEqual(told(1));
  });

  test('is not signed where the record is not at hand', async () => {
    const elsewhere = readConfig({ WINDLASS_STORE: pathToFileURL(join(directory, 'elsewhere')).href });
    await expect(gateToSign(elsewhere, seen, told(1))).rejects.toMatchObject(
      denied('the record of this run is not at hand'),
    );
  });
});

describe('a run in the record', () => {
  test('is the newest one unless it is named', async () => {
    await record({ type: 'start', by: 'ada', signature: '' }, 'a', '2026-01-01T00:00:00.000Z', 'run-a');
    await record({ type: 'start', by: 'ada', signature: '' }, 'b', '2026-01-02T00:00:00.000Z', 'run-b');
    expect((await recordedEntries(config, seen)).run).toBe('run-b');
    expect((await recordedEntries(config, seen, 'run-a')).entries).toHaveLength(1);
  });

  test('that is not there is not found, and the store that was asked is named', async () => {
    await expect(recordedEntries(config, seen, 'run-x')).rejects.toMatchObject({
      type: 'NotFound',
      options: { facts: { store: config.store.url } },
    });
  });
});
