import { differences, totalBytes, type Manifest } from './manifest.ts';

/** What one claim's volume must hold, as recorded when the backup was made. */
export interface RecordedVolume {
  /** `namespace/name` of the original's claim. */
  readonly claim: string;
  readonly still: Manifest;
  /** Paths that changed while the backup was made: in the restore they may be either way, or absent. */
  readonly moved: readonly string[];
}

export interface VolumeComparison {
  readonly faults: readonly string[];
  readonly files: number;
  readonly bytes: number;
}

/** How many entries of a kind of fault are named, for each volume. */
const NAMED = 10;

/** Compares what a fresh volume holds with what was recorded: every entry, each fault in words that name it. */
export function compareVolume({ claim, still, moved }: RecordedVolume, restored: Manifest): VolumeComparison {
  const free = new Set(moved);
  const volume = `the volume of PersistentVolumeClaim ${claim}`;
  const missing = [...still.keys()].filter((path) => !restored.has(path));
  const extra = [...restored.keys()].filter((path) => !still.has(path) && !free.has(path));
  const different = [...still].flatMap(([path, entry]) => {
    const now = restored.get(path);
    const what = now === undefined ? [] : differences(entry, now);
    return what.length === 0 ? [] : [`${path} in ${volume} differs in ${what.join(', ')}`];
  });
  const stood = [...still.values()].some(({ type }) => type === 'f');
  return {
    faults: [
      ...(stood || moved.length === 0 ? [] : [`no file in ${volume} stood still while the backup was made`]),
      ...named(missing.map((path) => `${path} is missing in ${volume}`)),
      ...named(extra.map((path) => `${path} is in ${volume} and was not in the original`)),
      ...named(different),
    ],
    files: [...restored.values()].filter(({ type }) => type === 'f').length,
    bytes: totalBytes(restored),
  };
}

function named(faults: readonly string[]): readonly string[] {
  const more = faults.length - NAMED;
  return [...faults.slice(0, NAMED), ...(more > 0 ? [`and ${String(more)} more like the last`] : [])];
}
