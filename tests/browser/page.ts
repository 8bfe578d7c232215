import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { openChromium } from './chromium.ts';

export const WIDTHS = [360, 768, 1440] as const;
export const SCHEMES = ['light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

/** A page with all that it says on its console and asks for, but for itself. */
interface Opened {
  readonly page: Page;
  readonly said: readonly string[];
  readonly asked: readonly string[];
}

export interface Browser {
  readonly context: BrowserContext;
  open(text: string, width?: number, scheme?: Scheme): Promise<Opened>;
  close(): Promise<void>;
}

/** A browser with a directory of its own, in which what it opens lies. */
export async function openBrowser(): Promise<Browser> {
  const scratch = mkdtempSync(join(tmpdir(), 'windlass-page-'));
  const context = await openChromium();
  return {
    context,
    open: async (text, width = 1440, scheme = 'light') => {
      const file = join(scratch, `${String(width)}-${scheme}.html`);
      writeFileSync(file, text);
      const page = await context.newPage();
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
    },
    close: async () => {
      await context.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** How far the page is wider than its window. */
export const overhang = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
export const openAll = (page: Page): Promise<unknown> =>
  page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');

/** What axe-core finds, as rule and elements; run beside the page's policy, which lets no other script in. */
export async function violations(page: Page): Promise<readonly string[]> {
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

/** Keeps a picture of the page where WINDLASS_SCREENSHOTS says, for people to look at. */
export async function picture(page: Page, name: string, width: number, scheme: Scheme): Promise<void> {
  const pictures = process.env['WINDLASS_SCREENSHOTS'];
  if (pictures !== undefined)
    await page.screenshot({ path: join(pictures, `${name}-${String(width)}-${scheme}.png`), fullPage: true });
}
