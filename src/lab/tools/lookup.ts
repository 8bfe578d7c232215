import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { LabFailure } from '../failure.ts';
import { settingOf, TOOLS } from './catalogue.ts';
import type { Tool, ToolName } from './catalogue.ts';
import { builtDirectory } from './go-module.ts';
import { run } from './run.ts';
import { unpackedDirectory } from './wheel.ts';

/** Where a program was found. */
export interface FoundTool {
  readonly path: string;
  readonly from: 'setting' | 'path' | 'cache';
}

/**
 * Looks in the order setting, PATH (only the right version), cache. Undefined: it must be built or unpacked.
 *
 * @throws LabFailure when a setting names what cannot be run.
 */
export async function findTool(name: ToolName, env: NodeJS.ProcessEnv = process.env): Promise<FoundTool | undefined> {
  const set = fromSetting(name, env);
  if (set !== undefined) return { path: set, from: 'setting' };
  const onPath = await fromPath(name, env);
  if (onPath !== undefined) return { path: onPath, from: 'path' };
  const { origin }: Tool = TOOLS[name];
  if (origin.kind === 'package') return undefined;
  const cached = cachedPath(name);
  return isExecutable(cached) ? { path: cached, from: 'cache' } : undefined;
}

/** Where the cache has it, or would have it. Throws RangeError for what only the machine has. */
export function cachedPath(name: ToolName): string {
  const { origin }: Tool = TOOLS[name];
  switch (origin.kind) {
    case 'go':
      return join(builtDirectory(origin.module), origin.output);
    case 'wheel':
      return join(unpackedDirectory(origin), origin.directory ?? '', name);
    case 'package':
      throw new RangeError(`${name} is a package of the machine, never in the cache`);
  }
}

/** The directory that holds a tool with everything that it needs, for whoever must have it elsewhere. */
export function softwareOf(name: ToolName, path: string): string {
  const { origin }: Tool = TOOLS[name];
  return origin.kind === 'wheel' && path === cachedPath(name) ? unpackedDirectory(origin) : dirname(dirname(path));
}

function fromSetting(name: ToolName, env: NodeJS.ProcessEnv): string | undefined {
  const value = env[settingOf(name)];
  if (value === undefined || value === '') return undefined;
  // PostgreSQL is a set of programs, so naming their directory is as good as naming one of them.
  const path = name === 'postgres' && existsSync(join(value, 'postgres')) ? join(value, 'postgres') : value;
  if (isExecutable(path)) return path;
  throw new LabFailure(
    `${settingOf(name)} names ${value}, which is no program that can be run.`,
    name,
    `Correct ${settingOf(name)}, or unset it to let the lab find or make the program.`,
  );
}

async function fromPath(name: ToolName, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { onPath }: Tool = TOOLS[name];
  if (onPath === undefined) return undefined;
  const directories = (env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  const programs = onPath.programs ?? [name];
  const candidates = directories.flatMap((directory) => programs.map((program) => join(directory, program)));
  if (name === 'postgres') candidates.push(...debianPostgres());
  for (const candidate of candidates) {
    if (!isExecutable(candidate)) continue;
    const path = realpathSync(candidate);
    if (name === 'postgres' && !isExecutable(join(dirname(path), 'initdb'))) continue;
    const result = await run(path, onPath.args, { timeoutMs: 10_000 }).catch(() => undefined);
    // Some tell their version on stderr.
    if (result?.code === 0 && onPath.accepts.test(result.stdout === '' ? result.tail : result.stdout)) return path;
  }
  return undefined;
}

/** Debian keeps PostgreSQL's server programs off PATH, one directory per version: the newest first. */
function debianPostgres(root = '/usr/lib/postgresql'): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((version) => /^\d+$/.test(version))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin', 'postgres'));
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
