import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { labAddresses } from '../../src/lab/addresses.ts';
import { ofType } from '../../src/domain/entries.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { until } from '../support/poll.ts';
import { writePolicy } from '../support/policies.ts';
import { driftingStage, type DriftingStage } from './support/drifting.ts';
import { windlass, windlassJson } from './support/windlass.ts';

const told: Record<string, unknown>[] = [];
let set: DriftingStage;
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      told.push(JSON.parse(text) as Record<string, unknown>);
      response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  set = await driftingStage({ environment: { notifications: [{ url: { fromEnv: 'HOOK' } }] } });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeFile(join(set.scratch, 'ada.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const file = await writePolicy(join(set.scratch, 'policy.yaml'), {
    lab: {
      ...{ signatures: 'optional', signers: { ada: [{ key }] } },
      references: { variables: ['WINDLASS_LAB_*', 'HOOK'] },
      endpoints: [...labAddresses(), host],
    },
  });
  Object.assign(set.settings, { HOOK: `http://${host}/hook`, WINDLASS_POLICY: file });
  await set.startWorker();
  expect(await set.carryThrough()).toMatchObject({ status: { state: 'done' } });
});
afterAll(async () => {
  await windlass(['schedule', 'delete', set.name, 'drift', '--environment', 'lab'], set.settings);
  await set.close();
  server.close();
});

const schedule = (verb: string, ...more: string[]) =>
  windlassJson(['schedule', verb, set.name, '--environment', 'lab', ...more], set.settings);

/** Every look until now, oldest first. */
async function looks() {
  const record = openRecord(openStore(set.settings['WINDLASS_STORE'] ?? '', null));
  const { entries } = await record.read({ environment: 'lab', rollout: set.name, types: ['drift'] });
  return ofType(entries, 'drift').map(({ scope, body }) => ({ run: scope.run, steps: body.steps }));
}

test('a schedule that was signed looks for drift by the clock, and tells a webhook of what is found, once', async () => {
  const key = ['--as', 'ada', '--key', join(set.scratch, 'ada.pem')];
  expect(await schedule('create', '--drift', '--every', '2s', ...key)).toMatchObject({
    code: 0,
    document: { schedules: [{ id: `drift/lab/${set.name}`, mode: 'drift', phase: null, signed: true }] },
  });
  await until(async () => (await looks()).length >= 1);
  expect((await looks())[0]?.steps).toMatchObject([{ step: 'apps', drifted: [], unchanged: 2, failure: null }]);

  await set.paint('green');
  const news = await until(() => told[0] ?? null);
  expect(news).toMatchObject({
    ...{ event: 'drift', environment: 'lab', rollout: set.name, counts: { drifted: 1, failed: 0 } },
    message: expect.stringContaining('Drift: 1 drifted (1 to update)'),
  });
  const found = await until(async () => (await looks()).find(({ run }) => run === news['run']) ?? null);
  expect(found.steps[0]?.drifted).toMatchObject([
    {
      what: `ConfigMap ${set.name}/settings`,
      fields: [{ field: 'data.colour', by: [{ manager: 'stranger' }] }],
    },
  ]);
  const { stdout } = await windlass(
    ['report', set.name, '--environment', 'lab', '--run', String(news['run'])],
    set.settings,
  );
  expect(stdout).toContain('Drift: 1 drifted (1 to update)');
  expect(stdout).toMatch(/data\.colour[^|]*green[^|]*\| stranger, last at/);

  // Looks that find the same tell nobody again, and nothing is touched.
  const seen = (await looks()).length;
  await until(async () => (await looks()).length >= seen + 2);
  expect(told).toHaveLength(1);
  expect(await set.colour()).toBe('green');
  expect(await schedule('list')).toMatchObject({
    document: { schedules: [{ mode: 'drift', when: 'every 2s', paused: false }] },
  });

  // Somebody mends it, and it drifts otherwise: that is news.
  await set.paint('blue');
  await until(() => told.length === 2);
  expect(await schedule('pause', 'drift')).toMatchObject({ code: 0 });
  expect(await schedule('delete', 'drift')).toMatchObject({ code: 0 });
  expect(await schedule('trigger', 'drift', ...key)).toMatchObject({
    code: 1,
    document: { error: { type: 'NotFound' } },
  });
});
