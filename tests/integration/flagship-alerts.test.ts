import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureTools, type ToolName } from '../../src/lab/index.ts';
import { FLAGSHIP, loadFlagship, ruleFiles } from '../rollouts/flagship.ts';

// vmalert itself reads the flagship's rules, and vmalert-tool carries their cases out.

const home = mkdtempSync(join(tmpdir(), 'windlass-alerts-'));
let tools: ReadonlyMap<ToolName, string>;
beforeAll(async () => {
  tools = await ensureTools(['vmalert', 'vmalert-tool']);
  mkdirSync(join(home, 'rules'));
  for (const [file, text] of ruleFiles(await loadFlagship('lab'))) writeFileSync(join(home, 'rules', file), text);
  cpSync(join(FLAGSHIP, 'alert-tests'), join(home, 'alert-tests'), { recursive: true });
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** What a tool printed, and how it ended. */
async function run(
  tool: ToolName,
  ...args: readonly string[]
): Promise<{ readonly code: unknown; readonly text: string }> {
  const program = tools.get(tool) ?? '';
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: home });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

describe('the alerts of the flagship', () => {
  test('are taken by vmalert, every one', async () => {
    const { code, text } = await run('vmalert', '-dryRun', '-rule=rules/*.yaml');
    expect([code, code === 0 ? '' : text]).toEqual([0, '']);
    writeFileSync(join(home, 'broken.yaml'), 'groups: [{ name: a, rules: [{ alert: B, expr: "sum(up" }] }]\n');
    expect((await run('vmalert', '-dryRun', '-rule=broken.yaml')).code).not.toBe(0);
  });

  test('rest, fire and resolve as their cases say', async () => {
    const files = readdirSync(join(home, 'alert-tests')).map((file) => `--files=alert-tests/${file}`);
    const { code, text } = await run('vmalert-tool', 'unittest', ...files);
    expect([code, code === 0 ? '' : text]).toEqual([0, '']);
  });
});
