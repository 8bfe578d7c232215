import type { PartProof } from '../drill/part-facts.ts';
import { labelOf, type ObjectRef } from '../kubernetes-api.ts';
import { kind, placeOf, type Placed } from './kind.ts';

interface BackupSeen {
  readonly phase: string | null;
  readonly items: number;
  readonly errors: number;
  readonly warnings: number;
  /** ISO 8601 in UTC. */
  readonly started: string | null;
  readonly completed: string | null;
  readonly seconds: number | null;
  readonly faults?: readonly string[];
  readonly warningsQuoted?: readonly string[];
}

interface RestoreSeen {
  readonly phase: string | null;
  readonly items: number | null;
  readonly errors: number | null;
  readonly warnings: number | null;
  /** ISO 8601 in UTC. */
  readonly started: string | null;
  readonly completed: string | null;
  readonly seconds: number | null;
  /** `*` for all that the backup holds. */
  readonly namespaces: readonly string[];
  readonly existing: string;
  readonly namespaceMapping?: Readonly<Record<string, string>>;
  readonly warningsQuoted?: readonly string[];
}

interface Freshness {
  /** The newest good backup; null when there is none. */
  readonly newest: string | null;
  readonly age?: string;
  /** Whether that is young enough. */
  readonly young?: boolean;
  readonly ageSeconds?: number;
  /** How many backups are over and not good. */
  readonly bad: number;
  /** Whether the first should be there by now; where there is none. */
  readonly due?: boolean;
  /** The last backup, where it is not good. */
  readonly failing?: { readonly backup: string; readonly faults: readonly string[] };
}

/** What a restore of a drill came to. */
export interface DrillProof {
  /** What speaks against the backup, in words. */
  readonly faults: readonly string[];
  /** Of each sort of thing that was restored and compared; none where nothing was restored. */
  readonly parts: readonly PartProof[];
  /** From asking for the restore until all was compared; null where nothing was restored. */
  readonly restoreSeconds: number | null;
  /** How old the backup was when it was judged; null where it cannot be told. */
  readonly ageSeconds: number | null;
}

interface DrillAbout {
  readonly drill: Placed;
}

function drillLabel({ drill }: DrillAbout): string {
  return `Drill ${placeOf(drill)}`;
}

/** What the engines of Velero claim. */
export const VELERO = {
  'location-available': kind<
    { readonly location: Placed; readonly bucket: string },
    {
      readonly phase: string | null;
      readonly lastValidationTime: string | null;
      readonly reason?: string;
      readonly why?: string;
    }
  >({
    subject: ({ location }) => `BackupStorageLocation ${placeOf(location)}`,
    claim: ({ bucket }) => `Velero calls bucket ${bucket} Available`,
  }),

  'location-credentials': kind<{ readonly secret: Placed }, { readonly found: boolean }>({
    subject: ({ secret }) => `Secret ${placeOf(secret)}`,
    claim: () => 'holds the credentials of the object store',
  }),

  /** A setting of Velero that is an object. */
  'object-as-declared': kind<{ readonly object: ObjectRef }, { readonly differs: readonly string[] }>({
    subject: ({ object }) => labelOf(object),
    claim: () => 'is as declared',
  }),

  'schedule-enabled': kind<
    /** `paused`: as declared. */
    { readonly schedule: Placed; readonly paused: boolean },
    { readonly phase: string | null; readonly paused: boolean; readonly validationErrors?: readonly string[] }
  >({
    subject: ({ schedule }) => `Schedule ${placeOf(schedule)}`,
    claim: ({ paused }) => (paused ? 'is paused, as declared' : 'is enabled'),
  }),

  'schedule-freshness': kind<
    /** `paused`: as declared; a schedule that rests is excused. */
    { readonly schedule: Placed; readonly within: string; readonly paused: boolean },
    Freshness
  >({
    subject: ({ schedule }) => `Schedule ${placeOf(schedule)}`,
    claim: ({ within, paused }, { newest, young, due, age }) => {
      if (newest === null && paused) return 'has made no good backup yet, and is paused';
      if (newest === null && due === false) return `has made no good backup yet, and is younger than ${within}`;
      if (paused && young === false) return `made its newest good backup ${age ?? ''} ago, and is paused`;
      return `its newest good backup is younger than ${within}`;
    },
  }),

  'backup-good': kind<{ readonly backup: Placed }, BackupSeen>({
    subject: ({ backup }) => `Backup ${placeOf(backup)}`,
    claim: () => 'is Completed, without errors, and holds every item',
  }),

  /** Whether there is a good backup that is young enough, by the first part of its name. */
  'backup-recent': kind<{ readonly of: Placed; readonly within: string }, null>({
    subject: ({ of }) => `Backup ${placeOf(of)}`,
    claim: ({ within }) => `a good one is younger than ${within}`,
  }),

  restore: kind<{ readonly restore: Placed; readonly backup: string }, RestoreSeen>({
    subject: ({ restore }) => `Restore ${placeOf(restore)}`,
    claim: ({ backup }) => `Backup ${backup} was restored, without errors`,
  }),

  'restored-objects': kind<
    { readonly backup: Placed },
    {
      readonly objects: number;
      /** The first that are missing. */
      readonly missing: readonly string[];
      readonly moreMissing?: number;
      readonly proven: boolean;
      readonly against: readonly string[];
    }
  >({
    subject: ({ backup }) => `restore of Backup ${placeOf(backup)}`,
    claim: (_about, { objects }) =>
      objects === 0
        ? 'it is to bring back nothing but what controllers make'
        : 'every object that it is to bring back is on the cluster',
  }),

  /** A backup that was restored and compared: whether it holds is the verdict. */
  'drill-proof': kind<DrillAbout & { readonly backup: string }, DrillProof>({
    subject: drillLabel,
    claim: ({ backup }) => `Backup ${backup} is proven by a restore`,
  }),

  /** An objective that was measured with a drill: the time of its restore, or the age of the newest proven backup. */
  objective: kind<
    DrillAbout & {
      readonly objective: 'rto' | 'rpo';
      readonly limit: string;
      /** Present in old records that claim it of what this drill has restored, rather than of the newest proven backup. */
      readonly ageOf?: 'restored';
    },
    { readonly took: string | null; readonly seconds: number | null }
  >({
    subject: drillLabel,
    claim: ({ objective, limit, ageOf }) =>
      objective === 'rto'
        ? `restored and compared within ${limit} (rto)`
        : `${ageOf === 'restored' ? 'what is restored' : 'the newest proven backup'} is not older than ${limit} (rpo)`,
  }),

  /** Whether some drill of the step has proven a backup lately. */
  'drill-recent': kind<
    DrillAbout & { readonly within: string },
    {
      readonly newest: string | null;
      /** ISO 8601 in UTC. */
      readonly provenAt: string | null;
      /** `TARGET/DATABASE` of those that were proven with it. */
      readonly databases: readonly string[];
      readonly restoreSeconds: number | null;
      /** Backups that a drill has refuted. */
      readonly refuted: readonly string[];
      /** Where none is proven: the first of what the last drill found against its backup. */
      readonly faults?: readonly string[];
    }
  >({
    subject: drillLabel,
    claim: ({ within }) => `a backup was proven by a restore within ${within}`,
  }),

  /** What a backup of a schedule must hold was written down when it was made. */
  'drill-witness': kind<
    DrillAbout & { readonly backup: string; readonly schedule: string },
    /** `parts`: names of the parts of the drill. */
    { readonly backup: string; readonly schedule: string; readonly parts: readonly string[] }
  >({
    subject: drillLabel,
    claim: ({ backup, schedule }) => `what Backup ${backup} of Schedule ${schedule} must hold is written down`,
  }),
};
