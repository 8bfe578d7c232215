import { z } from 'zod';
import type { LabPaths } from './directory.ts';
import { LabFailure } from './failure.ts';
import { readIfThere, writeFileAtomically } from './files.ts';

const behind = z.record(z.string(), z.string());

/** Which servers of a lab stand behind Services: `minio/console` (server and port) by `data/minio:console` (or the port's number). */
export type Behind = Readonly<Record<string, string>>;

/**
 * What the lab was told; nothing until then.
 *
 * @throws LabFailure when the file is not what the lab wrote.
 */
export function readBehind({ behind: path }: LabPaths): Behind {
  const text = readIfThere(path);
  if (text === undefined) return {};
  try {
    return behind.parse(JSON.parse(text));
  } catch (error) {
    throw new LabFailure('It cannot be read.', path, 'Delete it, then seed the lab again.', error);
  }
}

/** Adds to what the lab was told. The caller holds the lab's lock. */
export function tellBehind(paths: LabPaths, more: Behind): void {
  writeFileAtomically(paths.behind, `${JSON.stringify({ ...readBehind(paths), ...more }, undefined, 2)}\n`);
}
