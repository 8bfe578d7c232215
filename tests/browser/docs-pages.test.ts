import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { documentation, htmlPage } from '../../src/report/docs/index.ts';
import type { Page } from '../../src/report/pages/page.ts';
import { flagshipDocumented } from '../rollouts/documented.ts';
import { openBrowser, overhang, picture, SCHEMES, violations, WIDTHS, type Browser } from './page.ts';

/** Each has a form of its own; of these somebody looks at pictures. Those of the phases are all made alike. */
const LOOKED_AT = ['index', 'access', 'recovery', 'troubleshooting', 'alerts', 'inventory', 'phase-audit'];
/** All pages are opened once in each scheme, at the ends of the widths. */
const IN_ALL = new Set(['360 dark', '1440 light']);
let browser: Browser;
let pages: readonly Page[];

beforeAll(async () => {
  pages = documentation((await flagshipDocumented()).flagship);
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe("the pages of the flagship's documentation in a browser", () => {
  for (const width of WIDTHS)
    for (const scheme of SCHEMES)
      test(`are accessible, ask nobody for anything and fit their window, ${String(width)} pixels wide and ${scheme}`, async () => {
        const opened = pages.filter(({ file }) => IN_ALL.has(`${String(width)} ${scheme}`) || LOOKED_AT.includes(file));
        expect(opened.length).toBeGreaterThanOrEqual(LOOKED_AT.length);
        for (const one of opened) {
          const { page, said, asked } = await browser.open(htmlPage(one, pages), width, scheme);
          expect([one.file, await overhang(page)]).toEqual([one.file, 0]);
          expect([one.file, await violations(page)]).toEqual([one.file, []]);
          expect([one.file, { said, asked }]).toEqual([one.file, { said: [], asked: [] }]);
          if (LOOKED_AT.includes(one.file)) await picture(page, `docs-${one.file}`, width, scheme);
          await page.close();
        }
      });
});
