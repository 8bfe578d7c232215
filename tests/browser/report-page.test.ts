import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { servePage, type PageServer } from '../../src/cli/serve/page-server.ts';
import { renderPage } from '../../src/report/index.ts';
import { eventfulReport, largeReport } from '../report/synthetic.ts';
import { openChromium } from './chromium.ts';

const NASTY = `"><script>window.pwned=1</script><img src=x onerror="window.pwned=1"> a-very-long-name-without-any-break-that-a-narrow-screen-could-not-hold`;
const WIDTHS = [360, 768, 1440] as const;
const SCHEMES = ['light', 'dark'] as const;
let browser: BrowserContext;
let scratch: string;
let server: PageServer | null = null;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'windlass-page-'));
  browser = await openChromium();
});
afterAll(async () => {
  await browser.close();
  // Left where its test failed: it would keep the process from ending.
  await server?.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** A page with all that it says on its console and asks for, but for itself. */
async function open(text: string, width = 1440, scheme: (typeof SCHEMES)[number] = 'light') {
  const file = join(scratch, `${String(width)}-${scheme}.html`);
  writeFileSync(file, text);
  const page = await browser.newPage();
  const said: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => {
    if (!request.isNavigationRequest() && !request.url().startsWith('data:')) asked.push(request.url());
  });
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(pathToFileURL(file).href);
  return { page, said, asked };
}

const overhang = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
const openAll = (page: Page): Promise<unknown> =>
  page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');

/** What axe-core finds, as rule and elements; run beside the page's policy, which lets no other script in. */
async function violations(page: Page): Promise<readonly string[]> {
  const found = await page.evaluate<{ id: string; nodes: { html: string; failureSummary?: string }[] }[]>(
    `(() => { ${axe.source}; return window.axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations); })()`,
  );
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map((node) => `${node.html} ${node.failureSummary ?? ''}`)
        .join('; ')}`,
  );
}

describe('the page of a report in a browser', () => {
  const text = renderPage(eventfulReport(NASTY));

  for (const width of WIDTHS)
    for (const scheme of SCHEMES)
      test(`is accessible, asks nobody for anything and fits its window, ${String(width)} pixels wide and ${scheme}`, async () => {
        const { page, said, asked } = await open(text, width, scheme);
        expect(await overhang(page)).toBe(0);
        await openAll(page);
        expect(await overhang(page)).toBe(0);
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate('window.pwned')).toBeUndefined();
        expect({ said, asked }).toEqual({ said: [], asked: [] });
        const pictures = process.env['WINDLASS_SCREENSHOTS'];
        if (pictures !== undefined)
          await page.screenshot({ path: join(pictures, `report-${String(width)}-${scheme}.png`), fullPage: true });
        await page.close();
      });

  test('opens and folds by its keyboard, and all of a section at once by its buttons', async () => {
    const { page } = await open(text);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the report');
    const fold = page.locator('#changes details[data-key]').first();
    await fold.locator('> summary').focus();
    await page.keyboard.press('Enter');
    expect(await fold.getAttribute('open')).not.toBeNull();
    await page.getByRole('button', { name: 'Close all of Changes' }).click();
    expect(await fold.getAttribute('open')).toBeNull();
    await page.close();
  });

  test('of 20,000 changes opens, scrolls to its end and opens what is folded', async () => {
    const large = renderPage(largeReport(20_000));
    expect(Buffer.byteLength(large)).toBeLessThan(3_000_000);
    const began = performance.now();
    const { page, said } = await open(large);
    const took = performance.now() - began;
    await page.getByRole('button', { name: 'Open all of Changes' }).click();
    await page.locator('footer').scrollIntoViewIfNeeded();
    expect(await page.locator('#changes .chunk li').count()).toBe(20_000);
    expect(await page.locator('footer').isVisible()).toBe(true);
    expect(said).toEqual([]);
    console.info(`${String(Buffer.byteLength(large))} bytes, open after ${took.toFixed(0)} ms`);
    await page.close();
  });

  test('is live where it is served: what changes comes in, what was opened stays open, and its end is told', async () => {
    let served = { version: 'one', text: renderPage(eventfulReport('first'), { version: 'one' }) };
    server = await servePage(() => Promise.resolve(served), 0);
    const page = await browser.newPage();
    const said: string[] = [];
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(server.address);
    const fold = page.locator('details[data-key="changes:data/bucket"]');
    await fold.locator('> summary').click();
    served = { version: 'two', text: renderPage(eventfulReport('second'), { version: 'two' }) };
    await fold.getByText('bucket second').waitFor();
    expect(await page.locator('#live').textContent()).toMatch(/^Live\. Last change seen at/);
    expect(await violations(page)).toEqual([]);
    await server.close();
    server = null;
    // It says so by itself, at its next look.
    await page.locator('#live').getByText('has ended').waitFor();
    expect(said).toEqual([]);
    await page.close();
  });
});
