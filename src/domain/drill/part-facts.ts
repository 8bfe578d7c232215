import { plainName } from './database-names.ts';

/** What one part of a drill counted and measured, free of secrets: for the evidence. Times in seconds. */
export type PartFacts = ObjectsFacts | VolumesFacts | BucketsFacts | DatabaseFacts;

/** Kubernetes objects, compared one by one. */
interface ObjectsFacts {
  readonly part: 'objects';
  /** How many came back the same. */
  readonly same: number;
  /** How many items Velero says that it has restored. */
  readonly restored: number;
  /** What Velero warned of, as far as it is quoted. */
  readonly warnings: readonly string[];
  /** What changed while the backup was made: it may be either way in the restore. */
  readonly moved: readonly string[];
  /** Kinds that no restore of a drill brings back. */
  readonly leftOut: readonly string[];
  /** Fields that are not compared. */
  readonly notCompared: readonly string[];
}

/**
 * The files in volumes, compared one by one.
 *
 * @internal exported for its tests
 */
export interface VolumesFacts {
  readonly part: 'volumes';
  /** `NAMESPACE/NAME` of each claim whose data was compared. */
  readonly claims: readonly string[];
  readonly files: number;
  readonly bytes: number;
  /** The first files that changed while the backup was made. */
  readonly moved: readonly string[];
  readonly movedInAll: number;
  /** Volumes that are in the backup and belong to no claim: only their own pods can read them. */
  readonly notCompared: readonly string[];
}

/** Buckets that brought back an object by its version. */
interface BucketsFacts {
  readonly part: 'buckets';
  readonly broughtBack: readonly string[];
}

/** A database, dumped, restored and compared row by row. */
export interface DatabaseFacts {
  readonly part: 'database';
  /** Null in records of 0.1.0, which name the part alone. */
  readonly of: DatabaseOfTarget | null;
  /** Of the dump. */
  readonly bytes: number;
  /** When the dump was begun, ISO 8601 in UTC. */
  readonly at: string;
  readonly dumpSeconds: number | null;
  /** From reading the dump until it was restored. */
  readonly restoreSeconds: number | null;
  /** Absent where there was nothing to compare. */
  readonly tables?: number;
  readonly rows?: number;
  readonly sequences?: number;
  /** What could not be compared, each with the reason; absent where that is nothing. */
  readonly notCompared?: readonly string[];
}

export interface DatabaseOfTarget {
  readonly target: string;
  readonly database: string;
}

/** Facts of a part, with its name and how long it took from asking for its restore until it was compared. */
export type PartProof = PartFacts & { readonly name: string; readonly seconds: number | null };

/** The name of the part that drills a database: in verdicts, in progress and in the journal. */
export function databasePartName({ target, database }: DatabaseOfTarget): string {
  return `database-${target}-${plainName(database)}`;
}
