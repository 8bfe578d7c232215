import { createHash } from 'node:crypto';
import { compareTexts } from '../../../domain/compare.ts';

/** What a volume holds: for each entry, by its path, all that is compared of it. */
export type Manifest = ReadonlyMap<string, Entry>;

export interface Entry {
  /** `f` a file, `d` a directory, `l` a symbolic link. */
  readonly type: string;
  /** Four octal digits. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  readonly bytes: number;
  /** SHA-256 in hex, of a link's target for a link; `-` where there is none. */
  readonly hash: string;
}

const LINE = /^([fdlo]) ([0-7]{4}) (\d+) (\d+) (\d+) ([0-9a-f]{64}|-) (.+)$/;
const END = /^end (\d+) (\d+) ([0-9a-f]{64})$/;
/** Where Velero notes on the volume that its restore is done; its own cleaning up may lack the right to remove it. */
const NOTE_OF_VELERO = /^\.velero(\/|$)/;

/**
 * Reads what an inspector printed of a volume.
 *
 * @returns null when it is not the whole of it: cut off, mixed with other output, or of another program.
 */
export function readManifest(text: string): Manifest | null {
  const lines = text.split('\n');
  const at = lines.findLastIndex((line) => line.startsWith('end '));
  const [, entries, , sum] = END.exec(lines[at] ?? '') ?? [];
  const listed = lines.slice(0, Math.max(at, 0));
  const hash = createHash('sha256')
    .update(listed.map((line) => `${line}\n`).join(''))
    .digest('hex');
  if (Number(entries) !== listed.length || sum !== hash) return null;
  const read = listed.map(readLine);
  if (read.includes(null)) return null;
  return new Map(
    read.filter(
      (entry) =>
        // Sockets, pipes and devices are not backed up.
        entry !== null && entry[1].type !== 'o' && !NOTE_OF_VELERO.test(entry[0]),
    ) as [string, Entry][],
  );
}

function readLine(line: string): readonly [string, Entry] | null {
  const [, type, mode, owner, group, bytes, hash, path] = LINE.exec(line) ?? [];
  if (type === undefined || mode === undefined || owner === undefined || group === undefined) return null;
  if (hash === undefined || path === undefined) return null;
  return [path, { type, mode, owner, group, bytes: Number(bytes), hash }];
}

/** A manifest as the journal keeps it: a line for each entry, as the inspector prints it. */
export function writeManifest(manifest: Manifest): string {
  return [...manifest]
    .map(([path, { type, mode, owner, group, bytes, hash }]) =>
      [type, mode, owner, group, String(bytes), hash, path].join(' '),
    )
    .join('\n');
}

/** What `writeManifest` gave. */
export function rereadManifest(text: string): Manifest {
  const read = text === '' ? [] : text.split('\n').map(readLine);
  return new Map(read.filter((entry) => entry !== null));
}

/** What stayed the same from before a backup was asked for until it was made, and the paths of all else. */
export function standingEntries(
  before: Manifest,
  after: Manifest,
): { readonly still: Manifest; readonly moved: readonly string[] } {
  const still = new Map([...before].filter(([path, entry]) => differences(entry, after.get(path)).length === 0));
  const moved = [...new Set([...before.keys(), ...after.keys()])].filter((path) => !still.has(path));
  return { still, moved: moved.sort(compareTexts) };
}

export function totalBytes(manifest: Manifest): number {
  return [...manifest.values()].reduce((sum, { bytes }) => sum + bytes, 0);
}

/** In words, what of an entry is another than before: `content`, `mode 0600 (was 0644)`. */
export function differences(before: Entry, now: Entry | undefined): readonly string[] {
  if (now === undefined) return ['everything'];
  const told = (['type', 'mode', 'owner', 'group'] as const)
    .filter((field) => before[field] !== now[field])
    .map((field) => `${field} ${now[field]} (was ${before[field]})`);
  const content = before.hash !== now.hash || before.bytes !== now.bytes;
  return [...(content ? [contentDifference(before.bytes, now.bytes)] : []), ...told];
}

function contentDifference(before: number, now: number): string {
  return before === now ? 'content' : `content, ${String(now)} bytes (was ${String(before)})`;
}
