import { posix } from 'node:path';
import type { BundleFiles } from '../../domain/step-engine.ts';
import { manifestFiles, readManifests } from '../../manifests/objects.ts';
import type { Position } from '../../manifests/yaml.ts';
import type { Manifest } from './manifest.ts';
import { problemsFailure, type Problem } from './problem.ts';

/**
 * Reads all manifests under some paths of the bundle: multi-document YAML or JSON, lists expanded.
 *
 * @throws WindlassFailure `InvalidManifest` with every problem of every file; what reading files throws.
 */
export async function loadManifests(paths: readonly string[], files: BundleFiles): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    const found = manifestFiles(posix.join(path, '.'), files.list(path));
    if (found.length === 0)
      problems.push({
        at: path,
        what: 'there is no such file, or no .yaml, .yml or .json file in it',
      });
    for (const file of found) {
      if (seen.has(file)) continue;
      seen.add(file);
      const loaded = manifestsOf(file, await files.read(file));
      manifests.push(...loaded.manifests);
      problems.push(...loaded.problems);
    }
  }
  // A step that declares nothing was meant to declare something.
  if (manifests.length + problems.length === 0)
    problems.push({ at: paths.join(', '), what: 'there is no object in it' });
  if (problems.length > 0) throw problemsFailure(problems);
  return manifests;
}

interface Loaded {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/** Plans, applies and verifications of one bundle read the same files: each is parsed once. Bounded by its size. */
const parsed = new Map<string, { readonly text: string; readonly loaded: Loaded }>();
const REMEMBERED_CHARACTERS = 16_000_000;

function manifestsOf(file: string, text: string): Loaded {
  const known = parsed.get(file);
  if (known?.text === text) return known.loaded;
  const loaded = parse(file, text);
  parsed.delete(file);
  parsed.set(file, { text, loaded });
  let size = [...parsed.values()].reduce((sum, entry) => sum + entry.text.length, 0);
  for (const [oldest, entry] of parsed) {
    if (size <= REMEMBERED_CHARACTERS) break;
    parsed.delete(oldest);
    size -= entry.text.length;
  }
  return loaded;
}

function parse(file: string, text: string): Loaded {
  const { objects, problems } = readManifests(text);
  return {
    manifests: objects.map(({ object, at }) => ({ object, at: (path) => place(file, at(path)) })),
    problems: problems.map((problem) => ({
      type: 'manifest',
      at: place(file, problem),
      ...(problem.object === undefined ? {} : { object: problem.object }),
      what: problem.what,
    })),
  };
}

function place(file: string, { line, column }: Position): string {
  return `${file}:${String(line)}:${String(column)}`;
}
