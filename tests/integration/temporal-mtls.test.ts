import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { windlass, windlassJson } from '../e2e/support/windlass.ts';
import { mtlsProxy, type MtlsProxy } from '../support/mtls-proxy.ts';
import { until } from '../support/poll.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';

// Temporal behind a proxy that ends TLS and asks for certificates, made as docs/operations.md says.
const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/gated', import.meta.url));
const GUIDE = fileURLToPath(new URL('../../docs/operations.md', import.meta.url));
let own: OwnSettings;
let proxy: MtlsProxy;
let worker: TestWorker;
let directory: string;

/** The commands of the guide that make certificates. */
function commands(): string {
  const blocks = readFileSync(GUIDE, 'utf8').matchAll(/```sh\n(.*?)```/gs);
  const found = [...blocks].flatMap(([, block]) => (block?.includes('openssl req -x509') === true ? [block] : []));
  if (found.length !== 1) throw new Error('docs/operations.md makes certificates in one block of commands');
  return found[0] ?? '';
}

function certificates(name: string): string {
  const made = join(own.scratch, name);
  mkdirSync(made);
  execFileSync('sh', ['-euc', commands()], { cwd: made, stdio: 'ignore' });
  return made;
}

/** Settings of somebody with this certificate; null for one without any. */
const settingsOf = (owner: string | null, from = directory) => ({
  ...own.settings,
  TEMPORAL_ADDRESS: `127.0.0.1:${String(proxy.port)}`,
  TEMPORAL_TLS: 'true',
  TEMPORAL_TLS_SERVER_NAME: 'temporal.example.com',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(directory, 'ca.pem'),
  ...(owner === null
    ? {}
    : {
        TEMPORAL_TLS_CLIENT_CERT_PATH: join(from, `${owner}.pem`),
        TEMPORAL_TLS_CLIENT_KEY_PATH: join(from, `${owner}.key`),
      }),
});

beforeAll(async () => {
  own = await ownSettings();
  directory = certificates('certificates');
  proxy = await mtlsProxy(directory, own.settings['TEMPORAL_ADDRESS'] ?? '');
  worker = await TestWorker.start(settingsOf('worker'), join(own.scratch, 'worker.log'));
});
afterAll(async () => {
  await worker.stop('SIGTERM');
  await proxy[Symbol.asyncDispose]();
  own.remove();
});

const at = ['gated', '--environment', 'lab'];

describe('behind mutual TLS', () => {
  test('worker and command line carry a rollout through with their certificates', async () => {
    const settings = settingsOf('ada');
    const start = ['start', FIXTURE, '--environment', 'lab', '--set', `suffix=${freshName()}`, '--as', 'linus'];
    expect(await windlass(start, settings)).toMatchObject({ code: 0 });
    await until(async () => ((await windlass(['status', ...at, '--exit-code'], settings)).code === 5 ? true : null));
    expect(await windlass(['approve', ...at, '--as', 'ada', '--yes'], settings)).toMatchObject({ code: 0 });
    const ended = await windlassJson(['watch', ...at], settings);
    expect(ended).toMatchObject({ code: 0 });
  });

  test('nobody passes without a certificate, or with one of another authority', async () => {
    const others = certificates('others');
    const before = proxy.passed();
    for (const settings of [settingsOf(null), settingsOf('ada', others)]) {
      expect(await windlassJson(['status', ...at], settings)).toMatchObject({
        code: 3,
        document: { error: { type: 'TargetUnreachable' } },
      });
    }
    const address = `127.0.0.1:${String(proxy.port)}`;
    await expect(Connection.connect({ address, connectTimeout: 5_000 })).rejects.toThrow();
    expect(proxy.passed()).toBe(before);
  });
});
