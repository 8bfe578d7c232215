import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stage, type Stage } from './support/stage.ts';
import { finished, node, windlassJson } from './support/windlass.ts';
import { until } from '../support/poll.ts';

let set: Stage;
beforeAll(async () => {
  set = await stage();
  await set.startWorker();
});
afterAll(() => set.close());

describe('the client without the command line', () => {
  test('examples/approve.ts starts a rollout and approves its gate', async () => {
    const outcome = await finished(node(['examples/approve.ts', set.rollout, 'lab', 'demo'], set.settings));
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toContain('approving storage/uploads');
    expect(outcome.stdout.trimEnd().split('\n').at(-1)).toBe('done');
  });

  test('the client program starts a rollout, and prints its id and its address in the Web UI', async () => {
    const outcome = await finished(
      node(['dist/client-main.js', set.rollout, '--environment', 'lab'], {
        ...set.settings,
        WINDLASS_WEB_UI: process.env['WINDLASS_LAB_TEMPORAL_UI'],
      }),
    );
    expect(outcome.code).toBe(0);
    const [id, address] = outcome.stdout.trimEnd().split('\n');
    expect(id).toMatch(new RegExp(`^rollout/lab/${set.name} [0-9a-f-]{36}$`));
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/namespaces\/\w+\/workflows\/rollout%2Flab%2F/);
    await until(async () => {
      const { document } = await windlassJson(['status', set.name, '-e', 'lab'], set.settings);
      return (document as { state: string }).state === 'done';
    });
  });
});
