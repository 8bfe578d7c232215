import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { ofType } from '../../src/domain/entries.ts';
import { canonicalJson } from '../../src/domain/json.ts';
import { assess } from '../../src/domain/readiness/assess.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { until } from '../support/poll.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { writePolicy } from '../support/policies.ts';
import { TestWorker } from '../support/worker.ts';
import { windlass, windlassJson } from './support/windlass.ts';

// A platform of one server, as ready as it answers: looked at, attested, and looked at by the clock until it falls.
const name = freshName();
const answers: Record<string, number> = { '/ok': 200, '/healthy': 200 };
const hooks: Record<string, unknown>[] = [];
let own: OwnSettings;
let server: Server;
let worker: TestWorker;
let settings: Record<string, string>;
let directory: string;

beforeAll(async () => {
  own = await ownSettings();
  server = createServer((request, response) => {
    if (request.method === 'POST') {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => hooks.push(JSON.parse(text) as Record<string, unknown>));
    }
    response.statusCode = request.method === 'POST' ? 204 : (answers[request.url ?? ''] ?? 404);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  directory = join(own.scratch, name);
  await writeRollout();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeFile(join(own.scratch, 'ada.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const policy = { endpoints: [host], references: { variables: ['WEB', 'HOOK'] }, signatures: 'optional' };
  await writePolicy(join(own.scratch, 'policy.yaml'), { lab: { ...policy, signers: { ada: [{ key }] } } });
  settings = { ...own.settings, WEB: `http://${host}`, HOOK: `http://${host}/hook` };
  const held = { ...settings, WINDLASS_POLICY: join(own.scratch, 'policy.yaml') };
  worker = await TestWorker.start(held, join(own.scratch, 'worker.log'));
  const started = await windlassJson(['start', directory, '--environment', 'lab', '--watch'], settings);
  expect(started).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await windlass(['schedule', 'delete', name, 'readiness', '--environment', 'lab'], settings);
  await worker.stop('SIGTERM');
  server.close();
  own.remove();
});

async function write(path: string, document: object): Promise<void> {
  await writeFile(join(directory, path), stringify({ apiVersion: 'windlass.dev/v1alpha1', ...document }));
}

async function writeRollout(): Promise<void> {
  await mkdir(join(directory, 'environments'), { recursive: true });
  const ask = (path: string) => ({ protocol: 'http', path, within: '1s' });
  const checks = [
    { name: 'answers', must: true, evidence: { from: 'step', step: 'web/answers' } },
    { name: 'healthy', level: 'good', evidence: { from: 'probe', target: 'web', with: ask('/healthy') } },
    {
      name: 'trained',
      level: 'best',
      evidence: { from: 'manual', question: 'Is the night shift trained?', by: ['ada'] },
    },
  ];
  await write('rollout.yaml', {
    ...{ kind: 'Rollout', metadata: { name } },
    spec: {
      targets: { web: { kind: 'http' } },
      readiness: { areas: [{ name: 'core', title: 'Core services', checks }] },
      phases: [
        {
          name: 'web',
          steps: [{ name: 'answers', kind: 'probe', target: 'web', retry: { attempts: 1 }, with: ask('/ok') }],
        },
      ],
    },
  });
  await write('environments/lab.yaml', {
    ...{ kind: 'Environment', metadata: { name: 'lab' } },
    spec: {
      targets: { web: { kind: 'http', url: { fromEnv: 'WEB' } } },
      decisions: { signatures: 'optional' },
      notifications: [{ url: { fromEnv: 'HOOK' }, on: ['fell'] }],
    },
  });
}

const at = () => [name, '--environment', 'lab'];
const ready = (...more: string[]) => windlassJson(['readiness', ...at(), ...more], settings);
const key = () => ['--as', 'ada', '--key', join(own.scratch, 'ada.pem')];
const record = () => openRecord(openStore(settings['WINDLASS_STORE'] ?? '', null));

describe('the readiness of a platform', () => {
  test('is known by what its run has verified, and by nothing else', async () => {
    const { code, document } = await ready('--min', 'base');
    expect(code).toBe(0);
    expect(document).toMatchObject({
      ...{ score: 33.3, level: 'base', simulated: 'apart', capped: [], since: null },
      areas: [{ checks: [{ result: 'pass' }, { result: 'unobserved' }, { result: 'unobserved' }] }],
    });
    expect(await ready('--min', 'good')).toMatchObject({ code: 1 });
    expect(await ready('--min', '34')).toMatchObject({ code: 1 });
  });

  test('rises when a worker looks, which verifies steps and asks checks', async () => {
    const { code, document } = await ready('--live', '--min', 'good');
    expect(code).toBe(0);
    expect(document).toMatchObject({
      score: 66.6,
      level: 'good',
      areas: [{ checks: [{ result: 'pass' }, { result: 'pass' }, {}] }],
    });
    // Nobody had looked before.
    expect(document).toMatchObject({ since: null });
  });

  test('rises when somebody says what only people can see, signed with their key', async () => {
    const said = ['attest', ...at(), 'core/trained', '--holds', '--reason', 'I was there.'];
    expect(await windlassJson([...said, '--as', 'ada'], settings)).toMatchObject({
      code: 4,
      document: { error: { type: 'DecisionDenied' } },
    });
    expect(await windlassJson([...said, ...key()], settings)).toMatchObject({
      code: 0,
      document: { now: { score: 100 } },
    });
    expect(await ready('--min', 'best')).toMatchObject({
      code: 0,
      document: {
        areas: [
          { checks: [{}, {}, { result: 'pass', why: 'ada: I was there.', evidence: { source: 'ada, signed' } }] },
        ],
      },
    });
  });

  test('is told for any moment, as it stood then', async () => {
    const { entries } = await record().read({ environment: 'lab', rollout: name, types: ['verdict'] });
    expect(await ready('--at', entries[0]?.time ?? '')).toMatchObject({ document: { score: 33.3, level: 'base' } });
  });

  test('tells a webhook once it has fallen, by a schedule that looks', async () => {
    const made = await windlassJson(
      ['schedule', 'create', ...at(), '--readiness', '--every', '2s', ...key()],
      settings,
    );
    expect(made).toMatchObject({
      code: 0,
      document: { schedules: [{ id: `readiness/lab/${name}`, mode: 'readiness', phase: null, signed: true }] },
    });
    answers['/healthy'] = 503;
    const news = await until(() => hooks[0] ?? null);
    expect(news).toMatchObject({
      ...{
        event: 'fell',
        environment: 'lab',
        rollout: name,
        now: { score: 66.6 },
        before: { score: 100, level: 'best' },
      },
      message: expect.stringContaining('newly failing: core/healthy'),
    });
    const listed = await windlassJson(['schedule', 'list', ...at()], settings);
    expect(listed).toMatchObject({ document: { schedules: [{ mode: 'readiness', when: 'every 2s' }] } });
    expect(await windlassJson(['schedule', 'delete', ...at()], settings)).toMatchObject({ code: 0 });
    expect(hooks).toHaveLength(1);
  });

  test('can be reckoned again out of the record alone, at each time that somebody looked', async () => {
    const { entries, damaged } = await record().read({ environment: 'lab', rollout: name });
    expect(damaged).toEqual([]);
    const looked = ofType(entries, 'readiness');
    expect(looked.length).toBeGreaterThanOrEqual(3);
    for (const { body } of looked) {
      const { shape, bundles, card } = body;
      const of = { environment: 'lab', rollout: name, bundles };
      const again = assess(shape, { entries, damaged }, of, { at: Date.parse(card.at), simulated: card.simulated });
      expect(canonicalJson(again)).toBe(canonicalJson(card));
    }
  });

  test('is in the report of the run that looked', async () => {
    const { entries } = await record().read({ environment: 'lab', rollout: name, types: ['readiness'] });
    const { stdout } = await windlass(['report', ...at(), '--run', entries.at(-1)?.scope.run ?? ''], settings);
    expect(stdout).toContain(`The readiness of ${name} to lab was 66.6 of 100, base.`);
    expect(stdout).toMatch(/\| healthy \| \*\*fail\*\* \|/);
  });
});
