import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toolPath } from '../../src/lab/index.ts';
import { withLock } from '../../src/lab/lock.ts';
import { cacheDirectory, digestOf, fillOnce, platform } from '../../src/lab/tools/cache.ts';
import { run } from '../../src/lab/tools/run.ts';

/** Programs that we are measured against, by their path. */
export interface Rivals {
  /** The pinned one, of the lab's version. */
  readonly kubectl: string;
  /** The one that this machine's people use; null where there is none. Old ones limit their own requests. */
  readonly localKubectl: string | null;
  readonly flux: string;
  readonly helm: string;
}

export async function rivals(say: (line: string) => void): Promise<Rivals> {
  const [kubectl, helm] = [await toolPath('kubectl'), await toolPath('helm')];
  return { kubectl, localKubectl: onPath('kubectl'), helm, flux: await built('flux-ssa', say) };
}

function onPath(program: string): string | null {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, program));
  return places.find((place) => existsSync(place)) ?? null;
}

/** Builds a driver of `bench/rivals` into the cache of the lab's tools, once for each state of its source. */
async function built(name: string, say: (line: string) => void): Promise<string> {
  const source = fileURLToPath(new URL(`../rivals/${name}`, import.meta.url));
  const key = digestOf(
    ['go.mod', 'go.sum', 'main.go'].map((file) => join(source, file)),
    [],
  );
  const directory = join(cacheDirectory(), name, `${key}-${platform()}`);
  await withLock(join(cacheDirectory(), `${name}.lock`), () =>
    fillOnce(directory, async (draft) => {
      say(`building ${name} with Go`);
      const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(draft, name), '.'];
      const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
      const { code, tail } = await run('go', args, { cwd: source, env });
      if (code !== 0 || !existsSync(join(draft, name))) throw new Error(`${name} could not be built:\n${tail}`);
    }),
  );
  return join(directory, name);
}
