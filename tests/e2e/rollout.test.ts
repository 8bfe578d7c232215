import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { readConfig } from '../../src/config.ts';
import { stage, type Stage } from './support/stage.ts';
import { finished, node, windlass, windlassJson } from './support/windlass.ts';
import { until } from '../support/poll.ts';
import type { RolloutStatus } from '../../src/domain/status.ts';

let set: Stage;
beforeAll(async () => {
  set = await stage();
  await set.startWorker();
});
afterAll(() => set.close());

const at = () => [set.name, '--environment', 'lab'];
const status = async () => (await windlassJson(['status', ...at()], set.settings)).document as RolloutStatus;
const stepState = (seen: RolloutStatus, step: string) =>
  seen.phases.flatMap((phase) => phase.steps).find(({ name }) => name === step)?.state;
const uploadsIs = (state: string) => until(async () => stepState(await status(), 'uploads') === state);

describe('a rollout by the command line', () => {
  test('goes from plan to report, through a rejection, a retry and an approval', async () => {
    const planned = await windlassJson(['plan', set.rollout, '--environment', 'lab'], set.settings);
    expect(planned).toMatchObject({
      code: 0,
      document: {
        steps: [
          { step: 'greeter', failure: null },
          { step: 'uploads', changes: [{ action: 'create', what: `bucket ${set.name}-uploads` }], failure: null },
        ],
      },
    });

    const started = await windlassJson(['start', set.rollout, '--environment', 'lab', '--as', 'ada'], set.settings);
    expect(started.code).toBe(0);
    const { run } = started.document as { run: string };

    // Twice is refused, and the one that runs is named.
    const twice = await windlassJson(['start', set.rollout, '--environment', 'lab'], set.settings);
    const running = { type: 'AlreadyRunning', object: `rollout/lab/${set.name}` };
    expect(twice).toMatchObject({ code: 4, document: { error: running } });

    // A decision for a gate that is not open is refused.
    const early = await windlassJson(['approve', set.name, 'application/greeter', '-e', 'lab'], set.settings);
    expect(early).toMatchObject({ code: 4, document: { error: { type: 'DecisionDenied' } } });

    await uploadsIs('gate');
    expect((await windlass(['status', ...at(), '--exit-code'], set.settings)).code).toBe(5);
    const seen = await windlass(['status', set.rollout, '--environment', 'lab'], set.settings);
    expect(seen.stdout).toContain(`windlass approve ${set.name} storage/uploads --environment lab`);

    // Nobody can be asked here, and nothing may be taken for granted.
    expect((await windlass(['approve', ...at()], set.settings)).code).toBe(2);
    const stranger = await windlassJson(['approve', ...at(), '--yes', '--as', 'eve'], set.settings);
    const denial = { type: 'DecisionDenied', message: expect.stringContaining('eve is not an approver') };
    expect(stranger).toMatchObject({ code: 4, document: { error: denial } });

    const rejected = await windlass(['reject', ...at(), '--as', 'demo', '--comment', 'not yet'], set.settings);
    expect(rejected).toMatchObject({ code: 0, stdout: expect.stringContaining('Rejected: storage/uploads.') });
    await uploadsIs('parked');
    expect((await windlass(['retry', ...at(), '--as', 'demo'], set.settings)).code).toBe(0);
    await uploadsIs('gate');

    // Nobody sits at a terminal: it says that it waits for a person.
    const waits = await windlassJson(['watch', ...at()], set.settings);
    expect(waits).toMatchObject({ code: 5, document: { status: { state: 'blocked', run } } });
    const approved = await windlass(['approve', ...at(), '--yes', '--as', 'demo'], set.settings);
    expect(approved).toMatchObject({ code: 0, stdout: expect.stringContaining(`bucket ${set.name}-uploads`) });
    const watched = await windlassJson(['watch', ...at()], set.settings);
    expect(watched).toMatchObject({ code: 0, document: { status: { state: 'done', run } } });
    expect(watched.stderr).toContain('storage/uploads: done');

    const report = await windlass(['report', ...at()], set.settings);
    expect(report.code).toBe(0);
    for (const text of [set.name, 'not yet', 'demo', 'storage/uploads']) expect(report.stdout).toContain(text);
  });

  test('started once more, it finds nothing to change', async () => {
    const again = await windlassJson(['start', set.rollout, '--environment', 'lab', '--watch'], set.settings);
    expect(again).toMatchObject({ code: 0, document: { unchanged: true } });
  });

  test('watched, it goes on when the watching is interrupted', async () => {
    const other = await stage();
    try {
      const where = [other.name, '--environment', 'lab'];
      await windlass(['start', other.rollout, '--environment', 'lab'], other.settings);
      const watching = node(['dist/cli/main.js', 'watch', ...where], other.settings);
      const ended = finished(watching);
      // Once it shows something, it listens for Ctrl-C.
      await other.startWorker();
      await once(watching.stdout!, 'data');
      watching.kill('SIGINT');
      expect(await ended).toMatchObject({ code: 130, stderr: 'Interrupted.\n' });
      await until(async () => (await windlass(['status', ...where, '--exit-code'], other.settings)).code === 5);
    } finally {
      await other.close();
    }
  });

  test('cancelled at its gate it ends, and says that it is not done', async () => {
    const other = await stage();
    try {
      await other.startWorker();
      await windlass(['start', other.rollout, '--environment', 'lab'], other.settings);
      const where = [other.name, '--environment', 'lab'];
      await until(async () => (await windlass(['status', ...where, '--exit-code'], other.settings)).code === 5);
      expect((await windlass(['cancel', ...where], other.settings)).code).toBe(0);
      const cancelled = { type: 'Interrupted', message: expect.stringContaining('cancelled') };
      const ended = await windlassJson(['watch', ...where], other.settings);
      expect(ended).toMatchObject({ code: 1, document: { error: cancelled, status: { state: 'cancelled' } } });

      // Temporal takes a cancellation of what has ended without a word.
      for (const how of [[], ['--signal']]) {
        const over = { type: 'DecisionDenied', message: 'The newest run has ended: it was cancelled.' };
        const again = await windlassJson(['cancel', ...where, ...how], other.settings);
        expect(again).toMatchObject({ code: 4, document: { error: over } });
      }
      const report = await windlassJson(['report', ...where], other.settings);
      expect(report.document).toMatchObject({ commands: [{ action: 'cancel', denial: null, signed: false }] });

      // Whoever reaches Temporal can terminate a run without a word to it: its status says so, and asks nobody for anything.
      await windlass(['start', other.rollout, '--environment', 'lab'], other.settings);
      await until(async () => (await windlass(['status', ...where, '--exit-code'], other.settings)).code === 5);
      const { connectionOptions } = readConfig(other.settings).temporal;
      const connection = await Connection.connect(connectionOptions);
      try {
        const { namespace } = readConfig(other.settings);
        await new Client({ connection, namespace }).workflow.getHandle(`rollout/lab/${other.name}`).terminate();
      } finally {
        await connection.close();
      }
      const seen = await windlassJson(['status', ...where, '--exit-code'], other.settings);
      expect(seen).toMatchObject({ code: 1, document: { state: 'terminated', execution: 'TERMINATED' } });
    } finally {
      await other.close();
    }
  });
});
