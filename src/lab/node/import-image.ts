import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LabFailure } from '../failure.ts';
import type { ServerContext } from '../context.ts';
import { run } from '../tools/run.ts';
import { containerdSocket } from './containerd-config.ts';
import { writeImage, type LocalImage } from './image.ts';
import { programPath } from './requirements.ts';

/**
 * Makes an image known to the node's container runtime.
 *
 * @throws LabFailure when the image cannot be made or the runtime refuses it; Error `ENOENT` without `ctr`.
 */
export async function importImage(
  { home, paths }: Pick<ServerContext, 'home' | 'paths'>,
  image: LocalImage,
): Promise<void> {
  const file = join(home, 'image.tar');
  await writeImage(image, file);
  const args = ['--address', containerdSocket(paths), '--namespace', 'k8s.io', 'images', 'import'];
  const { code, tail } = await run(programPath('ctr') ?? 'ctr', [...args, '--snapshotter', 'native', file]);
  rmSync(file);
  if (code === 0) return;
  throw new LabFailure(`It could not be imported: ${tail}`, image.name, 'Look at `windlass lab logs containerd`.');
}
