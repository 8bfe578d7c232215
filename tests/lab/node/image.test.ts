import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { writeImage } from '../../../src/lab/node/image.ts';
import { scratchDirectories } from '../scratch.ts';

const scratch = scratchDirectories();

async function image(name: string): Promise<string> {
  const directory = scratch();
  writeFileSync(join(directory, 'program'), '#!/bin/sh\n', { mode: 0o755 });
  const file = join(directory, name);
  const files = { '/bin/program': join(directory, 'program') };
  await writeImage({ name: 'lab.test/it:1', files, entrypoint: ['/bin/program'] }, file);
  return file;
}

describe('an image made of local programs', () => {
  test('names its config and its one layer, whose digest is the one of its content', async () => {
    const file = await image('it.tar');
    const unpacked = scratch();
    execFileSync('tar', ['-xf', file, '-C', unpacked]);
    const read = (name: string) => JSON.parse(readFileSync(join(unpacked, name), 'utf8')) as unknown;
    expect(read('manifest.json')).toEqual([
      { Config: 'config.json', RepoTags: ['lab.test/it:1'], Layers: ['layer.tar'] },
    ]);
    const layer = createHash('sha256')
      .update(readFileSync(join(unpacked, 'layer.tar')))
      .digest('hex');
    expect(read('config.json')).toMatchObject({
      os: 'linux',
      config: { Entrypoint: ['/bin/program'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    });
    const root = join(unpacked, 'root');
    mkdirSync(root);
    execFileSync('tar', ['-xf', join(unpacked, 'layer.tar'), '-C', root]);
    expect(readFileSync(join(root, 'bin/program'), 'utf8')).toBe('#!/bin/sh\n');
  });

  test('is the same to the byte when it is made again', async () => {
    const [one, other] = [await image('one.tar'), await image('other.tar')];
    expect(readFileSync(one).equals(readFileSync(other))).toBe(true);
  });
});
