import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { recordedEntries } from '../../src/cli/recorded.ts';
import { shownChanges } from '../../src/cli/shown-changes.ts';
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
    expect(await shownChanges(config, seen, gateOf(shown))).toEqual(shown.changes);
  });

  test('are not shown when they are not what the digest is of, which is what would be signed', async () => {
    const forged = { ...planOf(changes('shown')), changes: changes('harmless') };
    await record(forged, 'a', '2026-01-01T00:00:00.000Z');
    expect(await shownChanges(config, seen, gateOf(forged))).toBeNull();
  });

  test('are refused where the record of the run has no such plan, since somebody may answer in the name of the rollout', async () => {
    await record({ type: 'start', by: 'ada', signature: '' }, 'a', '2026-01-01T00:00:00.000Z');
    await record(planOf(changes('old')), 'b', '2026-01-01T00:00:01.000Z');
    await expect(shownChanges(config, seen, gateOf(planOf(changes('made up'))))).rejects.toMatchObject({
      type: 'DecisionDenied',
      message: expect.stringContaining('has no plan of the changes that the gate shows') as unknown,
    });
  });

  test('are left to the gate where the record is not at hand', async () => {
    expect(await shownChanges(config, seen, gateOf(planOf(changes('shown'))))).toBeNull();
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
