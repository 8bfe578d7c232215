import { describe, expect, test } from '@jest/globals';
import { networkIsolation } from '../../src/render/confine.ts';
import { inScratch } from '../../src/render/scratch.ts';
import { runTool } from '../../src/render/tool.ts';

const isolated = (await networkIsolation()) !== null;

/** What a script of the shell does where rendering tools run. */
function sh(script: string): ReturnType<typeof runTool> {
  return inScratch((scratch) => runTool('/bin/sh', ['-c', script], scratch));
}

describe('what renders', () => {
  test('has a limit of its memory', async () => {
    expect(await sh('ulimit -v')).toMatchObject({ ok: true, stdout: '4194304\n' });
  });

  test('is told apart from a chart that is wrong when it runs into the limit', async () => {
    const ended = sh('echo "fatal error: runtime: cannot allocate memory" >&2; exit 2');
    await expect(ended).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'Rendering takes more than 4 GiB, the most that it is given.',
    });
    await expect(sh('echo "Error: no such template" >&2; exit 2')).resolves.toMatchObject({ ok: false });
  });

  (isolated ? test : test.skip)('has no network but its own, in which nothing answers', async () => {
    const { stdout } = await sh('while read -r line; do echo "$line"; done < /proc/net/dev');
    const interfaces = stdout.split('\n').flatMap((line) => /^(\S+):/.exec(line)?.[1] ?? []);
    expect(interfaces.filter((name) => name !== 'lo')).toEqual([]);
    const { stdout: routes } = await sh('while read -r line; do echo "$line"; done < /proc/net/route');
    expect(routes.trim().split('\n')).toHaveLength(1);
  });

  test('that cannot be run says so', async () => {
    await expect(inScratch((scratch) => runTool('/nowhere/helm', [], scratch))).rejects.toMatchObject({
      type: 'LabFailed',
      message: expect.stringContaining('cannot be run'),
    });
  });
});
