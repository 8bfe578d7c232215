import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { containerdSocket } from '../../src/lab/node/containerd-config.ts';
import type { LabPaths } from '../../src/lab/directory.ts';
import { writeImage } from '../../src/lab/node/image.ts';
import { programPath } from '../../src/lab/node/requirements.ts';

const IMAGE = 'lab.windlass.dev/shell:1';
const PROGRAMS = ['/bin/sh', '/usr/bin/cp', '/usr/bin/diff'];

/** Gives a lab's real node an image with this machine's shell, `cp` and `diff`, with the libraries that they are linked to. */
export async function importShellImage(paths: LabPaths): Promise<string> {
  const file = join(paths.dir, 'shell-image.tar');
  const programs = [...PROGRAMS, ...PROGRAMS.flatMap(librariesOf)];
  const files = Object.fromEntries(programs.map((path) => [path, path]));
  await writeImage({ name: IMAGE, files, entrypoint: ['/bin/sh'] }, file);
  const args = ['--address', containerdSocket(paths), '--namespace', 'k8s.io', 'images', 'import'];
  execFileSync(programPath('ctr') ?? 'ctr', [...args, '--snapshotter', 'native', file], { stdio: 'ignore' });
  rmSync(file);
  return IMAGE;
}

/** `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)`, and the loader by its path alone. */
function librariesOf(program: string): string[] {
  const printed = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...printed.matchAll(/(?:=> |^\t)(\/\S+) \(0x/gm)].map(([, path = '']) => path);
}
