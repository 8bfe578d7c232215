import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { carryThrough } from '../../src/cli/demo/carry.ts';
import type { SupervisedWorker } from '../../src/cli/demo/worker.ts';
import type { WindlassClient } from '../../src/client.ts';
import { readConfig, type Config } from '../../src/config.ts';
import type { RolloutResult } from '../../src/contract/messages.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { DecisionAnswer } from '../../src/domain/gate.ts';
import { gate, recordingCli, status, step } from './support.ts';

let directory: string;
let config: Config;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'windlass-demo-'));
  config = readConfig({ WINDLASS_STORE: pathToFileURL(directory).href });
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const worker: SupervisedWorker = {
  pid: () => 0,
  ensure: () => Promise.resolve(),
  during: (work) => work(),
  stop: () => Promise.resolve(),
};
const lost = () => Promise.reject(new WindlassFailure('TargetUnreachable', 'No answer.', { next: 'Start it.' }));
const accepted = { accepted: true, phase: 'backup', step: 'bucket', verdict: 'approve' } as const;
const denied = { accepted: false, reason: 'no gate is open at backup/bucket' } as const;

/** A rollout that waits at a gate until a decision was answered; the answers to decisions, in turn. */
async function carried(answers: readonly (() => Promise<DecisionAnswer>)[]) {
  const left = [...answers];
  const done = Promise.withResolvers<RolloutResult>();
  const ref = { rollout: 'platform', environment: 'lab' };
  const started = { ...ref, workflowId: 'rollout/lab/platform', run: 'run-1', bundle: 'b'.repeat(64), webUi: null };
  const waits = [{ name: 'backup', state: 'blocked' as const, steps: [step('bucket', 'gate', { gate: gate() })] }];
  const client = {
    config,
    status: () => Promise.resolve(status('blocked', waits)),
    result: () => done.promise,
    decide: async () => {
      const answer = await left.shift()!();
      done.resolve({ status: status('done'), unchanged: false });
      return answer;
    },
  } as unknown as WindlassClient;
  return { ended: await carryThrough(recordingCli(), client, started, worker), unasked: left.length };
}

test('a gate whose decision nobody answered, since Temporal was away, is decided again', async () => {
  const { ended, unasked } = await carried([lost, () => Promise.resolve(accepted)]);
  expect(ended).toMatchObject({ status: { state: 'done' } });
  expect(unasked).toBe(0);
});

test('one that is denied the second time had been heard the first time, and the demo goes on', async () => {
  const { ended, unasked } = await carried([lost, () => Promise.resolve(denied)]);
  expect(ended).toMatchObject({ status: { state: 'done' } });
  expect(unasked).toBe(0);
});

test('a decision that is denied the first time ends a demo without a person: nobody else would decide', async () => {
  await expect(carried([() => Promise.resolve(denied)])).rejects.toMatchObject({ type: 'DecisionDenied' });
});
