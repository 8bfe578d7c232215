import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { servePage, type PageServer } from '../../src/cli/serve/page-server.ts';
import { renderPage } from '../../src/report/index.ts';
import { eventfulReport, largeReport } from '../report/synthetic.ts';
import { openBrowser, openAll, overhang, picture, SCHEMES, violations, WIDTHS, type Browser } from './page.ts';

const NASTY = `"><script>window.pwned=1</script><img src=x onerror="window.pwned=1"> a-very-long-name-without-any-break-that-a-narrow-screen-could-not-hold`;
let browser: Browser;
let server: PageServer | null = null;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  // Left where its test failed: it would keep the process from ending.
  await server?.close();
});

describe('the page of a report in a browser', () => {
  const text = renderPage(eventfulReport(NASTY));

  for (const width of WIDTHS)
    for (const scheme of SCHEMES)
      test(`is accessible, asks nobody for anything and fits its window, ${String(width)} pixels wide and ${scheme}`, async () => {
        const { page, said, asked } = await browser.open(text, width, scheme);
        expect(await overhang(page)).toBe(0);
        await openAll(page);
        expect(await overhang(page)).toBe(0);
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate('window.pwned')).toBeUndefined();
        expect({ said, asked }).toEqual({ said: [], asked: [] });
        // What is looked at is there: the matrix, a line for each query that has a curve, and what a load came to.
        expect(await page.locator('#monitoring > .scroll tbody tr').count()).toBe(5);
        expect(await page.locator('#monitoring svg.spark').count()).toBeGreaterThanOrEqual(18);
        expect(await page.locator('#load svg.spark').count()).toBe(8);
        await picture(page, 'report', width, scheme);
        await page.close();
      });

  test('opens and folds by its keyboard, and all of a section at once by its buttons', async () => {
    const { page } = await browser.open(text);
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
    const { page, said } = await browser.open(large);
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
    const page = await browser.context.newPage();
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
