import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { WindlassClient } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import { ofType } from '../../src/domain/entries.ts';
import { ofKind } from '../../src/domain/evidence.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { until } from '../support/poll.ts';
import { writePolicy } from '../support/policies.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';
import { windlass, windlassJson } from './support/windlass.ts';

// A server that the worker's policy lets be put under load as far as it says, and one that it lets be reached alone.
const BOUND = { rate: 60, connections: 5, for: '20s' };
let own: OwnSettings;
let known: CountingServer;
let stranger: CountingServer;
let settings: Record<string, string>;
let worker: TestWorker;
let client: WindlassClient;

beforeAll(async () => {
  own = await ownSettings();
  [known, stranger] = [await CountingServer.start(), await CountingServer.start()];
  await writePolicy(join(own.scratch, 'policy.yaml'), {
    lab: {
      signatures: 'optional',
      endpoints: [known.host, stranger.host],
      references: { variables: ['KNOWN', 'STRANGER'] },
      loads: [{ server: known.host, ...BOUND }],
    },
  });
  settings = { ...own.settings, KNOWN: `http://${known.host}`, STRANGER: `http://${stranger.host}` };
  const held = { ...settings, WINDLASS_POLICY: join(own.scratch, 'policy.yaml') };
  worker = await TestWorker.start(held, join(own.scratch, 'worker.log'));
  client = await WindlassClient.connect(readConfig(settings));
});
afterAll(async () => {
  await client.close();
  await worker.stop('SIGTERM');
  known.close();
  stranger.close();
  own.remove();
});

/** Counts what it is asked for; below `/broken` it fails. */
class CountingServer {
  readonly host: string;
  readonly #server: Server;
  asked = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    server.on('request', (request, response) => {
      this.asked += 1;
      response.writeHead(request.url === '/broken' ? 500 : 200).end('hello');
    });
  }

  static async start(): Promise<CountingServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CountingServer(server);
  }

  close(): void {
    this.#server.close();
  }
}

/** A rollout of one load. */
async function rolloutOf(load: Readonly<Record<string, unknown>>, target = 'known', step: object = {}) {
  const name = freshName();
  const directory = join(own.scratch, name);
  await mkdir(join(directory, 'environments'), { recursive: true });
  const write = (path: string, document: object) =>
    writeFile(join(directory, path), stringify({ apiVersion: 'windlass.dev/v1alpha1', ...document }));
  await write('rollout.yaml', {
    ...{ kind: 'Rollout', metadata: { name } },
    spec: {
      targets: { known: { kind: 'http' }, stranger: { kind: 'http' } },
      phases: [
        { name: 'busy', steps: [{ name: 'load', kind: 'load', target, retry: { attempts: 1 }, with: load, ...step }] },
      ],
    },
  });
  await write('environments/lab.yaml', {
    ...{ kind: 'Environment', metadata: { name: 'lab' } },
    spec: {
      targets: {
        known: { kind: 'http', url: { fromEnv: 'KNOWN' } },
        stranger: { kind: 'http', url: { fromEnv: 'STRANGER' } },
      },
      decisions: { signatures: 'optional', groups: { platform: ['ada'] } },
    },
  });
  return { name, directory };
}

type Rollout = Awaited<ReturnType<typeof rolloutOf>>;
const start = ({ directory }: Rollout, ...more: string[]) =>
  windlassJson(['start', directory, '--environment', 'lab', ...more], settings);
const loadsOf = async ({ name }: Rollout) => {
  const { entries } = await openRecord(openStore(settings['WINDLASS_STORE'] ?? '', null)).read({
    ...{ environment: 'lab', rollout: name, types: ['evidence'] },
  });
  return ofType(entries, 'evidence').flatMap(({ body }) => ofKind('load-held', body.findings));
};

/** Starts it, and waits until its step is parked; with why. */
async function parked(rollout: Rollout) {
  expect(await start(rollout)).toMatchObject({ code: 0 });
  const ref = { rollout: rollout.name, environment: 'lab' };
  const step = await until(async () => {
    const { phases, failure } = await client.status(ref);
    expect(failure).toBeNull();
    const [one] = phases[0]?.steps ?? [];
    return one?.state === 'parked' ? one : null;
  });
  expect((await windlass(['abort', rollout.name, '--environment', 'lab', 'busy/load'], settings)).code).toBe(0);
  await windlass(['watch', rollout.name, '--environment', 'lab'], settings);
  return step;
}

describe('a load of a server that the policy names', () => {
  test('is carried, holds its thresholds, is shown by the report, and is not repeated while it is young', async () => {
    const rollout = await rolloutOf({
      stages: [
        { rate: 20, for: '1s' },
        { from: 20, rate: 60, for: '2s' },
      ],
      connections: 5,
      thresholds: { latency: [{ percentile: 50, atMost: '2s' }], errors: 0 },
    });
    expect(await start(rollout, '--watch')).toMatchObject({ code: 0 });
    // 20 in the first second, 80 in the two of the ramp.
    expect(known.asked).toBe(100);
    const [held] = await loadsOf(rollout);
    expect(held).toMatchObject({
      holds: true,
      how: 'real',
      observed: { sent: 100, answered: 100, failed: {}, faults: [] },
    });
    const report = await windlass(['report', rollout.name, '--environment', 'lab'], settings);
    expect(report.stdout).toMatch(/\*\*busy\/load\*\*.*: held\./);
    expect(report.stdout).toMatch(/^p99 +[▁▂▃▄▅▆▇█]+ at most /m);

    expect(await start(rollout, '--watch')).toMatchObject({ code: 0 });
    const { phases } = await client.status({ rollout: rollout.name, environment: 'lab' });
    expect(phases[0]?.steps[0]?.state).toBe('unchanged');
    expect(known.asked).toBe(100);
  });

  test('ends as soon as a threshold fails, and parks its step with what did not hold', async () => {
    const before = known.asked;
    const rollout = await rolloutOf({
      path: '/broken',
      stages: [{ rate: 50, for: '20s' }],
      connections: 5,
      abortFrom: '1s',
    });
    const { failure } = await parked(rollout);
    expect(failure).toMatchObject({ type: 'ExpectationFailed' });
    expect(known.asked - before).toBeGreaterThan(0);
    // All of it would be a thousand.
    expect(known.asked - before).toBeLessThan(1_000);
    const [held] = await loadsOf(rollout);
    expect(held).toMatchObject({ holds: false, observed: { aborted: expect.stringMatching(/^ended after/) } });
  });
});

describe('a load that the policy does not let be', () => {
  const approval = { reason: 'Puts it under load.', approvers: ['platform'] };

  test.each([
    ['rate', { stages: [{ rate: 61, for: '1s' }], connections: 5 }, '61 requests a second, of at most 60'],
    ['connections', { stages: [{ rate: 1, for: '1s' }], connections: 6 }, '6 connections, of at most 5'],
    ['time', { stages: [{ rate: 1, for: '21s' }], connections: 5 }, '21.0 s, of at most 20s'],
  ])('since its %s is beyond the bound sends nothing and opens no gate', async (_, load, why) => {
    const before = known.asked;
    const { failure, gate } = await parked(await rolloutOf(load, 'known', { approval }));
    expect(failure).toMatchObject({ type: 'LimitExceeded', message: expect.stringContaining(why) });
    expect(gate).toBeNull();
    expect(known.asked).toBe(before);
  });

  test('since it names no such server sends nothing and opens no gate, though that may be reached', async () => {
    const load = { stages: [{ rate: 1, for: '1s' }], connections: 1 };
    const { failure, gate } = await parked(await rolloutOf(load, 'stranger', { approval }));
    expect(failure).toMatchObject({
      type: 'Unauthorised',
      message: expect.stringContaining('lets this server be put under no load'),
      object: expect.stringContaining(stranger.host),
    });
    expect(gate).toBeNull();
    expect(stranger.asked).toBe(0);
  });
});
