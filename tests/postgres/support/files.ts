import { createHash } from 'node:crypto';
import type { BundleFiles } from '../../../src/domain/step-engine.ts';

/** Files of a bundle from their contents by path. */
export function filesOf(contents: Readonly<Record<string, string>>): BundleFiles {
  const content = (path: string): string => {
    const text = contents[path];
    if (text === undefined) throw new Error(`no ${path}`);
    return text;
  };
  return {
    list: (path) =>
      Object.keys(contents)
        .filter((file) => file === path || file.startsWith(`${path}/`))
        .sort(),
    read: (path) => Promise.resolve().then(() => content(path)),
    digest: (path) => createHash('sha256').update(content(path)).digest('hex'),
    async *stream(path) {
      yield await Promise.resolve(Buffer.from(content(path)));
    },
  };
}
