import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { compareTexts } from '../domain/compare.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { BundleFiles } from '../domain/step-engine.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { LoadedRollout } from './load.ts';

/**
 * The files of a bundle. All of them are under `.`, so that an engine can see what other steps declare.
 *
 * @param read gives the text of a file of the bundle whose SHA-256 is `digest`, or throws.
 * @param stream gives its bytes, and throws at their end if they are others.
 */
export function bundleFiles(
  bundle: Bundle,
  read: (path: string, digest: string) => Promise<string>,
  stream: (path: string, digest: string) => AsyncIterable<Buffer>,
): BundleFiles {
  const paths = Object.keys(bundle.files).sort(compareTexts);
  const normal = (path: string): string => posix.normalize(path).replace(/\/$/, '');
  const digestOf = (path: string): string => {
    const wanted = normal(path);
    const digest = Object.hasOwn(bundle.files, wanted) ? bundle.files[wanted] : undefined;
    if (digest !== undefined) return digest;
    throw new WindlassFailure('BundleMissing', `The bundle has no file ${path}.`, {
      object: path,
      next: 'A bundle holds only files that its steps refer to: refer to this one, then start the rollout again.',
    });
  };
  const text = async (path: string): Promise<string> => read(normal(path), digestOf(path));
  return {
    list: (path) => {
      const wanted = normal(path);
      return wanted === '.' ? paths : paths.filter((one) => one === wanted || one.startsWith(`${wanted}/`));
    },
    read: text,
    digest: digestOf,
    stream: (path) => stream(normal(path), digestOf(path)),
  };
}

/** The files of a rollout that was just loaded, without any store: for a plan on the spot. */
export function loadedFiles({ bundle, files, large }: Pick<LoadedRollout, 'bundle' | 'files' | 'large'>): BundleFiles {
  const text = (path: string): string => files.get(path) ?? '';
  return bundleFiles(
    bundle,
    (path) => Promise.resolve(text(path)),
    async function* (path) {
      const file = large.get(path);
      if (file === undefined) yield await Promise.resolve(Buffer.from(text(path)));
      else yield* createReadStream(file.place) as AsyncIterable<Buffer>;
    },
  );
}
