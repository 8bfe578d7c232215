import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LabFailure } from '../failure.ts';
import { run } from '../tools/run.ts';

/** The image of the lab's own pods: one program whose first argument says what the container does; none is to pause. */
export const POD_IMAGE = 'lab.windlass.dev/pod:1';

/** An image made from programs of this machine: nothing can be pulled where there is no registry. */
export interface LocalImage {
  /** With a registry's name before the first slash, or others would take it for one of Docker Hub. */
  readonly name: string;
  /** Absolute path inside of the image: path of the program here. */
  readonly files: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
}

/**
 * Writes an image as the tar that `docker save` writes: `manifest.json`, a config, one layer.
 *
 * @throws LabFailure when `tar` fails; Error of `node:fs` when a file cannot be read or written.
 */
export async function writeImage(image: LocalImage, file: string): Promise<void> {
  const draft = mkdtempSync(`${file}.`);
  try {
    const root = join(draft, 'root');
    for (const [path, source] of Object.entries(image.files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      copyFileSync(source, join(root, path));
    }
    await tar(join(draft, 'layer.tar'), root, ['.']);
    const layer = createHash('sha256')
      .update(readFileSync(join(draft, 'layer.tar')))
      .digest('hex');
    const config = {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: { Entrypoint: image.entrypoint },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
      history: [{ created_by: 'windlass lab' }],
    };
    const manifest = [{ Config: 'config.json', RepoTags: [image.name], Layers: ['layer.tar'] }];
    writeFileSync(join(draft, 'config.json'), JSON.stringify(config));
    writeFileSync(join(draft, 'manifest.json'), JSON.stringify(manifest));
    await tar(file, draft, ['manifest.json', 'config.json', 'layer.tar']);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The same bytes for the same files, whoever makes them and when. */
async function tar(file: string, directory: string, members: readonly string[]): Promise<void> {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=a+rX'];
  const { code, tail } = await run('tar', ['--create', '--file', file, ...same, '--directory', directory, ...members]);
  if (code !== 0)
    throw new LabFailure(`\`tar\` could not make it: ${tail}`, file, 'Look at the free space on the disk.');
}
