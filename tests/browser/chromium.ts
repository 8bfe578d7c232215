import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** A headless Chromium of the machine, with a profile of its own. */
export async function openChromium(): Promise<BrowserContext> {
  return chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'windlass-chromium-')), {
    executablePath: process.env['WINDLASS_CHROMIUM'] ?? onPath(),
    headless: true,
    viewport: { width: 1400, height: 1300 },
    // As root there is no sandbox to be had; the rest keeps Chromium from asking the world.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function onPath(): string {
  for (const name of NAMES) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // Not this one.
    }
  }
  throw new Error('No Chromium on PATH: run scripts/browser.sh or set WINDLASS_CHROMIUM.');
}
