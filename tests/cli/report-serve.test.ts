import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { entry, finding } from '../report/entries.ts';
import { until } from '../support/poll.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
let scratch: string;
let store: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'windlass-serve-'));
  store = pathToFileURL(join(scratch, 'store')).href;
  await openRecord(openStore(store)).append(entry(0, null, { type: 'start', by: 'ada', signature: '' }));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

test('report --serve shows what the record has, without Temporal, follows it, and ends on Ctrl-C', async () => {
  const env = { ...process.env, WINDLASS_STORE: store, TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const served = spawn(process.execPath, [MAIN, 'report', 'shop', '--environment', 'lab', '--serve'], { env });
  const said: string[] = [];
  served.stdout.on('data', (text: Buffer) => said.push(text.toString()));
  try {
    const address = await until(() => /Live at (\S+)/.exec(said.join(''))?.[1] ?? null);
    const page = async () => (await fetch(address)).text();
    expect(await page()).toContain('shop to lab has NOT ENDED as far as the record knows');
    const found = { type: 'evidence', findings: [finding('bucket shop', 'exists')] } as const;
    await openRecord(openStore(store)).append(entry(5, 'data/bucket', found));
    expect(await page()).toContain('bucket shop');
  } finally {
    served.kill('SIGINT');
  }
  expect(await once(served, 'exit')).toEqual([0, null]);
});
