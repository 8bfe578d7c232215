import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { manifestFiles, readManifests } from '../../manifests/objects.ts';
import type { Behind } from '../behind.ts';
import { LabFailure } from '../failure.ts';
import { behindIn } from './behind.ts';

/** What a lab is to be seeded with: a directory of these, each of which may be missing. */
const PARTS = { apply: 'apply', create: 'create', edit: 'edit', sql: 'sql', buckets: 'buckets' } as const;
/** Which servers of the lab stand behind Services: one file beside them. */
const BEHIND = 'behind.yaml';

export interface Seed {
  /** Which servers of a lab stand behind which Services. */
  readonly behind: Behind;
  /** Objects that somebody applied with `kubectl apply`, in the order of their files. */
  readonly applied: readonly KubernetesObject[];
  /** Objects that somebody made with `kubectl create`. */
  readonly created: readonly KubernetesObject[];
  /** What somebody changed afterwards with `kubectl edit`: parts of objects. */
  readonly edited: readonly KubernetesObject[];
  readonly databases: readonly SeedDatabase[];
  readonly buckets: readonly SeedBucket[];
  /** SHA-256 of all files that something is made of, and their paths. */
  readonly digest: string;
}

export interface SeedDatabase {
  readonly name: string;
  readonly sql: string;
}

export interface SeedBucket {
  readonly name: string;
  readonly objects: readonly { readonly key: string; readonly path: string }[];
}

/**
 * Reads all of a seed before anything is made of it.
 *
 * @throws LabFailure when there is nothing in it, or a manifest does not read: naming all that is wrong.
 */
export function readSeed(directory: string): Seed {
  const files = existsSync(directory) ? filesBelow(directory) : [];
  const problems: string[] = [];
  const objects = (part: string): readonly KubernetesObject[] =>
    manifestFiles(part, inPart(files, part)).flatMap((file) => {
      const read = readManifests(readFileSync(join(directory, file), 'utf8'));
      problems.push(...read.problems.map(({ line, column, what }) => `${file}:${line}:${column} ${what}`));
      return read.objects.map(({ object }) => object);
    });
  const hasBehind = files.includes(BEHIND);
  const seed: Seed = {
    behind: hasBehind ? behindIn(BEHIND, readFileSync(join(directory, BEHIND), 'utf8'), problems) : {},
    applied: objects(PARTS.apply),
    created: objects(PARTS.create),
    edited: objects(PARTS.edit),
    databases: inPart(files, PARTS.sql)
      .filter((file) => file.endsWith('.sql'))
      .map((file) => ({ name: basename(file, '.sql'), sql: readFileSync(join(directory, file), 'utf8') })),
    buckets: bucketsOf(directory, inPart(files, PARTS.buckets)),
    digest: digestOf(directory, [
      ...Object.values(PARTS).flatMap((part) => inPart(files, part)),
      ...(hasBehind ? [BEHIND] : []),
    ]),
  };
  if (problems.length > 0)
    throw new LabFailure(`It cannot be read:\n${problems.join('\n')}`, directory, 'Correct it, then seed again.');
  const { applied, created, edited, databases, buckets, behind } = seed;
  const parts = [applied, created, edited, databases, buckets, Object.keys(behind)];
  if (parts.some((part) => part.length > 0)) return seed;
  throw new LabFailure(
    'There is nothing in it to seed a lab with.',
    directory,
    `Name a directory with at least one of ${[...Object.values(PARTS), BEHIND].join(', ')} (docs/operations.md).`,
  );
}

/** Paths below a directory, with slashes, sorted; hidden files are none. */
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(directory, path)).isFile())
    .map((path) => path.split(sep).join('/'))
    .filter((path) => !/(^|\/)\./.test(path))
    .sort();
}

function inPart(files: readonly string[], part: string): readonly string[] {
  return files.filter((file) => file.startsWith(`${part}/`));
}

/** A bucket is a directory; its objects are the files in it. */
function bucketsOf(directory: string, files: readonly string[]): readonly SeedBucket[] {
  const root = join(directory, PARTS.buckets);
  if (!existsSync(root)) return [];
  const names = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names.map(({ name }) => ({
    name,
    objects: inPart(files, `${PARTS.buckets}/${name}`).map((file) => ({
      key: relative(join(PARTS.buckets, name), file),
      path: join(directory, file),
    })),
  }));
}

function digestOf(directory: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files)
    hash.update(
      `${file}\0${createHash('sha256')
        .update(readFileSync(join(directory, file)))
        .digest('hex')}\n`,
    );
  return hash.digest('hex');
}
