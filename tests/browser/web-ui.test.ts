import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { WindlassClient, type StartedRollout } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import { until } from '../support/poll.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';
import { openChromium } from './chromium.ts';

/** What the tests ask of an element; the types of browsers are none of this project's. */
interface PageElement {
  readonly scrollWidth: number;
  readonly clientWidth: number;
  readonly ownerDocument: { getSelection(): { selectAllChildren(element: unknown): void; toString(): string } };
}
const overhang = (element: PageElement): number => element.scrollWidth - element.clientWidth;
const copy = (element: PageElement): string => {
  const selection = element.ownerDocument.getSelection();
  selection.selectAllChildren(element);
  return selection.toString();
};
const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/gated', import.meta.url));
const ref = { rollout: 'gated', environment: 'lab' };
let own: OwnSettings;
let worker: TestWorker;
let client: WindlassClient;
let browser: BrowserContext;
let started: StartedRollout;

beforeAll(async () => {
  own = await ownSettings();
  worker = await TestWorker.start(own.settings, join(own.scratch, 'worker.log'));
  client = await WindlassClient.connect(readConfig(own.settings));
  started = await client.startDirectory(FIXTURE, {
    environment: 'lab',
    parameters: { suffix: freshName() },
    by: 'ada',
  });
  browser = await openChromium();
});
afterAll(async () => {
  await browser.close();
  await client.close();
  await worker.stop('SIGTERM');
  own.remove();
});

describe("Temporal's Web UI", () => {
  test('shows the phase table, the open gate and how to approve it, while the rollout waits', async () => {
    const [gate] = await until(async () => {
      const { gates } = await client.gates(ref);
      return gates.length > 0 ? gates : null;
    });
    const page = await browser.newPage();
    await page.goto(started.webUi!);
    // The Web UI renders Markdown in frames of its own: summary first, current details last.
    const details = page.locator('iframe').last().contentFrame();
    await details.getByText('Open gate: make/bucket').waitFor();
    const text = await details.locator('body').innerText();
    expect(text).toContain('Makes the bucket that backups go to.');
    expect(text).toContain(`windlass approve gated make/bucket --environment ${ref.environment}`);
    expect(text).toContain('create    bucket');
    expect(text).toMatch(/◆ bucket +gate +since/);
    // No line of code is wider than its frame, and what must be copied comes as the document that it is.
    for (const block of await details.locator('pre').all()) expect(await block.evaluate(overhang)).toBe(0);
    const copied = await details.locator('p code', { hasText: '"verdict"' }).evaluate(copy);
    expect(JSON.parse(copied)).toMatchObject({ verdict: 'approve', phase: 'make', step: 'bucket', signature: '' });
    const picture = process.env['WINDLASS_SCREENSHOT'];
    if (picture !== undefined) await page.screenshot({ path: picture, fullPage: true });

    const status = await client.status(ref);
    expect(await client.decide(ref, 'approve', { status, gate: gate! }, { by: 'ada' })).toMatchObject({
      accepted: true,
    });
    expect((await client.result(ref)).status.state).toBe('done');
    await page.reload();
    await details.getByText(`gated → ${ref.environment}: done`).waitFor();
  });

  test('finds the rollout by its search attributes', async () => {
    const page = await browser.newPage();
    const query = encodeURIComponent(`WindlassEnvironment="${ref.environment}" AND WindlassState="done"`);
    await page.goto(
      `${own.settings['WINDLASS_WEB_UI']!}/namespaces/${own.settings['TEMPORAL_NAMESPACE']!}/workflows?query=${query}`,
    );
    await page.getByRole('link', { name: started.workflowId }).first().waitFor();
  });
});
