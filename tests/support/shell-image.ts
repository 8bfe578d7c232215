import { execFileSync } from 'node:child_process';
import type { LabPaths } from '../../src/lab/directory.ts';
import { importImage } from '../../src/lab/node/import-image.ts';

const IMAGE = 'lab.windlass.dev/shell:1';
const PROGRAMS = ['/bin/sh', '/usr/bin/cp', '/usr/bin/diff'];

/** Gives a lab's real node an image with this machine's shell, `cp` and `diff`, with the libraries that they are linked to. */
export async function importShellImage(paths: LabPaths): Promise<string> {
  const programs = [...PROGRAMS, ...PROGRAMS.flatMap(librariesOf)];
  const files = Object.fromEntries(programs.map((path) => [path, path]));
  await importImage({ home: paths.dir, paths }, { name: IMAGE, files, entrypoint: ['/bin/sh'] });
  return IMAGE;
}

/** `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)`, and the loader by its path alone. */
function librariesOf(program: string): string[] {
  const printed = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...printed.matchAll(/(?:=> |^\t)(\/\S+) \(0x/gm)].map(([, path = '']) => path);
}
