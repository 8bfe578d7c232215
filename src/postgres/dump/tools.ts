import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WindlassFailure } from '../../domain/failure.ts';
import type { DumpSettings } from './settings.ts';

/** One pair of pg_dump and pg_restore, of the same version. */
export interface DumpTools {
  readonly directory: string;
  /** `15.18`. */
  readonly version: string;
  readonly major: number;
}

/** Where Debian and its children keep each major version; not all of it is on PATH. */
const DEBIAN = '/usr/lib/postgresql';
const ANSWERS_MS = 10_000;

/**
 * The tools for a server: at least as new, and of those the oldest, since newer ones write what older servers cannot read.
 *
 * @param server major version of the server.
 * @throws WindlassFailure `ToolMissing` saying what was found.
 */
export async function toolsFor(server: number, settings: DumpSettings): Promise<DumpTools> {
  const found = await findTools(settings);
  const fit = chooseTools(found, server);
  if (fit !== null) return fit;
  const seen = found.map(({ directory, version }) => `${version} in ${directory}`).join(', ');
  const looked = settings.named === null ? `PATH and ${DEBIAN}` : `${settings.named} (WINDLASS_PG_BIN)`;
  throw new WindlassFailure(
    'ToolMissing',
    found.length === 0
      ? `There are no pg_dump and pg_restore in ${looked}.`
      : `PostgreSQL ${String(server)} is newer than pg_dump and pg_restore here, which are ${seen}.`,
    {
      object: `pg_dump for PostgreSQL ${String(server)}`,
      next:
        `Install the client programs of PostgreSQL ${String(server)} or newer where the worker runs, or name their ` +
        'directory in WINDLASS_PG_BIN. Nothing was touched.',
      facts: { server, found: found.map(({ version }) => version) },
    },
  );
}

/** @internal exported for its tests */
export function chooseTools(found: readonly DumpTools[], server: number): DumpTools | null {
  return found.filter(({ major }) => major >= server).sort((a, b) => a.major - b.major)[0] ?? null;
}

async function findTools(settings: DumpSettings): Promise<readonly DumpTools[]> {
  const places = settings.named === null ? [...settings.path, ...(await debianPlaces())] : [settings.named];
  const found = await Promise.all([...new Set(places)].map(toolsIn));
  return found.filter((tools) => tools !== null);
}

async function debianPlaces(): Promise<readonly string[]> {
  const majors = await readdir(DEBIAN).catch(() => []);
  return majors.map((major) => join(DEBIAN, major, 'bin'));
}

async function toolsIn(directory: string): Promise<DumpTools | null> {
  const [dump, restore] = await Promise.all(['pg_dump', 'pg_restore'].map((name) => versionOf(join(directory, name))));
  return typeof dump === 'string' && dump === restore ? { directory, version: dump, major: majorOf(dump) } : null;
}

/** What a program says of itself, in C so that it can be read; null when there is none that runs. */
async function versionOf(program: string): Promise<string | null> {
  try {
    await access(program, constants.X_OK);
    const { stdout } = await promisify(execFile)(program, ['--version'], {
      timeout: ANSWERS_MS,
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    });
    return parseVersion(stdout);
  } catch {
    return null;
  }
}

/**
 * `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` as `15.18`; betas as `19beta1`.
 *
 * @internal exported for its tests
 */
export function parseVersion(text: string): string | null {
  return /\(PostgreSQL\) (\d+[\w.]*)/.exec(text)?.[1] ?? null;
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
