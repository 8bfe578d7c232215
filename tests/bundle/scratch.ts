import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const FIXTURES = join(import.meta.dirname, '../fixtures/rollouts/bad-input');

/** A directory that goes away with the test. */
export async function scratchDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'windlass-bundle-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** The sound rollout of the fixtures, with the files of a scenario laid over it, then `files`. */
export async function rolloutOf(
  scenario: string | null,
  files: Readonly<Record<string, string>> = {},
): Promise<{ path: string } & AsyncDisposable> {
  const scratch = await scratchDirectory();
  await cp(join(FIXTURES, 'base'), scratch.path, { recursive: true });
  if (scenario !== null) await cp(join(FIXTURES, scenario), scratch.path, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(scratch.path, path)), { recursive: true });
    await writeFile(join(scratch.path, path), text);
  }
  return scratch;
}
