import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stage, type Stage } from './support/stage.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { windlass, windlassJson } from './support/windlass.ts';
import type { RolloutStatus } from '../../src/domain/status.ts';

interface Demo {
  readonly run: string;
  readonly unchanged: boolean;
  readonly status: RolloutStatus;
  readonly report: { readonly markdown: string; readonly json: string; readonly html: string };
}
let set: Stage;
beforeAll(async () => {
  set = await stage();
});
afterAll(() => set.close());

const lab = () => ['--lab', process.env['WINDLASS_LAB_DIR'] ?? ''];

describe('the demo', () => {
  test('carries a rollout through by itself where nobody can be asked, and leaves its report', async () => {
    const { code, stderr, ...more } = await windlassJson(['demo', set.rollout, ...lab()], set.settings);
    const document = more.document as Demo;
    expect(code).toBe(0);
    expect(document.status.state).toBe('done');
    expect(stderr).toContain(`bucket ${set.name}-uploads`);
    expect(stderr).toContain('approving as `demo`');
    const step = document.status.phases.flatMap((phase) => phase.steps).find(({ name }) => name === 'uploads');
    expect(step?.decidedBy).toMatch(/^approved by demo: .*no terminal/);

    expect(await readFile(document.report.markdown, 'utf8')).toContain(document.run);
    expect(await readFile(document.report.html, 'utf8')).toContain(`<code>${document.run}</code>`);
    expect(JSON.parse(await readFile(document.report.json, 'utf8'))).toMatchObject({ run: document.run });
  });

  test('run again, it finds nothing to change and says so', async () => {
    const { code, stdout } = await windlass(['demo', set.rollout, ...lab()], set.settings);
    expect(code).toBe(0);
    expect(stdout).toMatch(/nothing to change: [1-9]\d* unchanged/i);
    expect(stdout).not.toContain('approving');
  });

  test('leaves what its platform is documented from, and a directory of somebody else’s stays as it is', async () => {
    const output = join(set.directory, 'documentation');
    const docs = ['docs', set.name, '--environment', 'lab', '--output'];
    expect(await windlass([...docs, output], set.settings)).toMatchObject({ code: 0 });
    const index = await readFile(join(output, 'index.html'), 'utf8');
    expect(index).toContain('href="access.html"');
    expect(await readFile(join(output, 'recovery.md'), 'utf8')).toContain('## What is proven');
    await writeFile(join(output, 'notes.txt'), 'ours');
    expect(await windlass([...docs, output], set.settings)).toMatchObject({ code: 0 });
    expect(await readFile(join(output, 'notes.txt'), 'utf8')).toBe('ours');
    const refused = await windlass([...docs, set.rollout], set.settings);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('no documentation has written') });
  });

  test('joins a run that an earlier start left open', async () => {
    const other = await stage();
    try {
      // The demo works in the namespace that the lab has for people.
      const settings = { ...other.settings, TEMPORAL_NAMESPACE: 'default' };
      const started = await windlassJson(['start', other.rollout, '--environment', 'lab'], settings);
      const { run } = started.document as { run: string };
      const { code, ...more } = await windlassJson(['demo', other.rollout, ...lab()], settings);
      expect(code).toBe(0);
      expect(more.document).toMatchObject({ run, status: { state: 'done' } });
      expect(more.stderr).toContain('Joined');
    } finally {
      await other.close();
    }
  });

  test('begins with the platform as the rollout is to find it, once: what is gone since stays gone', async () => {
    const found = await stage();
    const apply = join(found.rollout, 'as-found/apply');
    const note = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: `${found.name}-note` };
    const cluster = await openLabCluster();
    try {
      await mkdir(apply, { recursive: true });
      await writeFile(
        join(apply, 'note.yaml'),
        `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${note.name}, namespace: default }\n`,
      );
      const first = await windlass(['demo', found.rollout, ...lab()], found.settings);
      expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('Made 1 object') });
      expect(await cluster.get(note)).toMatchObject({
        metadata: { managedFields: [{ manager: 'kubectl-client-side-apply', operation: 'Update' }] },
      });

      await cluster.delete(note);
      const second = await windlass(['demo', found.rollout, ...lab()], found.settings);
      expect(second).toMatchObject({ code: 0, stdout: expect.not.stringContaining('Made') });
      expect(await cluster.get(note)).toBeNull();
    } finally {
      await cluster.close();
      await found.close();
    }
  });

  test('of a rollout that is wrong it starts nothing', async () => {
    const outcome = await windlass(['demo', set.directory, ...lab()], set.settings);
    expect(outcome.code).toBe(2);
    expect(outcome.stdout).toBe('');
  });
});
