import { durationMs, formatDuration } from '../../domain/duration.ts';
import { placeOf, type Placed } from '../../domain/evidence/kind.ts';
import { ago, list, ofPiece, type RecoveryContext } from './context.ts';
import { isSamePlace, partOf, type DrillFact } from './facts.ts';
import type { Piece } from './steps.ts';

/** What is backed up together, by which steps, and what was proven of it. */
export interface Protected {
  readonly namespaces: readonly string[];
  readonly namespace: string;
  /** Names under which backups are made. */
  readonly names: readonly string[];
  /** How long the newest proven backup is kept. */
  readonly ttl: string;
  readonly volumes: boolean;
  readonly schedules: readonly { readonly of: Placed; readonly words: string }[];
  /** The drills that cover exactly this, in words: `Drill velero/nightly`. */
  readonly drills: readonly string[];
  readonly newest: DrillFact | null;
  /** The newest proof that covers the data in volumes. */
  readonly volumesProof: DrillFact | null;
  /** The last drill, whatever its verdict. */
  readonly last: DrillFact | null;
}

/** The sets of namespaces that the steps on a cluster back up, each with its newest proof. */
export function protectedSets(context: RecoveryContext, target: string): readonly Protected[] {
  // Drills first: a set is told by what is proven of it.
  const order = ({ cron, drills }: Backups): number => (drills !== undefined ? 0 : cron === null ? 1 : 2);
  const all = ofPiece(context, 'backups', target).toSorted((a, b) => order(a) - order(b));
  const sets = Map.groupBy(all, ({ namespaces }) => [...namespaces].sort().join(', '));
  return [...sets.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const drills = same.filter((one) => one.drills !== undefined);
    const facts = context.drills.filter((fact) => drills.some(({ of }) => isSamePlace(of, fact.of)));
    const newest = facts.findLast(({ proven }) => proven) ?? null;
    return [
      {
        namespaces: first.namespaces,
        namespace: first.of.namespace,
        names: [...new Set(same.map(({ of }) => of.name))],
        ttl: ((newest && makerOf(newest, all)) ?? first).ttl,
        volumes: same.some(({ volumes }) => volumes),
        schedules: same.flatMap(({ of, cron, ttl }) =>
          cron === null ? [] : [{ of, words: `${of.name} (${cron}, kept ${ttl})` }],
        ),
        drills: drills.map(({ of }) => `Drill ${placeOf(of)}`),
        newest,
        volumesProof:
          facts.findLast((fact) => fact.proven && (partOf(fact, 'volumes')?.claims.length ?? 0) > 0) ?? null,
        last: facts.at(-1) ?? null,
      },
    ];
  });
}

type Backups = Extract<Piece, { piece: 'backups' }>;

/** The step that made a backup which a drill has proven: the drill itself, or the schedule whose backups it takes. */
function makerOf({ of }: DrillFact, all: readonly Backups[]): Backups | null {
  const drill = all.find((one) => one.drills !== undefined && isSamePlace(one.of, of)) ?? null;
  const { drills: schedule = null } = drill ?? {};
  if (schedule === null) return drill;
  return all.find((one) => one.cron !== null && one.of.namespace === of.namespace && one.of.name === schedule) ?? null;
}

/** What was shown, in sentences; nothing where nothing was. */
export function provenWords({ namespaces, newest }: Protected, { now }: RecoveryContext): readonly string[] {
  if (newest === null) return [];
  const { backup, at, drill, restoreSeconds, ageSeconds, objectives, how } = newest;
  const volumes = partOf(newest, 'volumes');
  const made = ageSeconds === null ? null : new Date(Date.parse(at) - ageSeconds * 1_000).toISOString();
  return [
    `${list(namespaces)}: backup ${backup} was proven by ${drill} at ${at}, ${ago(at, now)} ago${how === 'real' ? '' : ` (${how})`}.`,
    made === null
      ? `When ${backup} was made is not on record, so how much would be lost cannot be told.`
      : `It was made at ${made}: restoring it now loses what changed in the last ${ago(made, now)}.`,
    restoreSeconds === null
      ? 'How long its restore took is not on record.'
      : `Its restore with the comparison took ${formatDuration(restoreSeconds * 1_000)}, into namespaces of the drill and without running workloads: getting them ready comes on top.`,
    ...(volumes === null || volumes.claims.length === 0
      ? []
      : [
          `The data in volumes was brought back and compared file by file: ${volumes.files} files, ${volumes.bytes} bytes of ${list(volumes.claims.map((claim) => `PersistentVolumeClaim ${claim}`))}.`,
        ]),
    ...objectives.map(
      ({ claim, holds, seconds }) =>
        `Objective "${claim}": ${holds ? 'met' : 'MISSED'}${seconds === null ? '' : `, measured ${formatDuration(seconds * 1_000)}`}.`,
    ),
  ];
}

/** What was not shown, in so many words. */
export function unprovenWords(set: Protected, context: RecoveryContext): readonly string[] {
  const { namespaces, newest, last, drills, volumes } = set;
  const what = list(namespaces);
  const later = last !== null && !last.proven ? last : null;
  return [
    ...(drills.length === 0
      ? [`${what}: no step of the rollout drills a restore. It was NEVER PROVEN that it can be restored.`]
      : []),
    ...(drills.length > 0 && newest === null
      ? [`${what}: no backup was EVER PROVEN as far as the record knows (${drills.join(', ')}).`]
      : []),
    ...(later === null
      ? []
      : [
          `${what}: the last drill, at ${later.at}, REFUTED backup ${later.backup}: ${list(later.faults.slice(0, 3), 'why is not recorded')}.`,
        ]),
    ...(volumes ? volumesUnproven(set) : [`${what}: the data in volumes is NOT IN THE BACKUPS at all.`]),
    ...newerWords(set, context),
    ...expiredWords(set, context.now),
  ];
}

/** What is not known of the data in volumes, though backups hold it. */
function volumesUnproven({ namespaces, newest, volumesProof }: Protected): readonly string[] {
  const what = list(namespaces);
  if (newest === null) return [`${what}: whether the data in volumes comes back was NEVER PROVEN.`];
  const facts = partOf(newest, 'volumes');
  const before =
    volumesProof === null
      ? []
      : [
          `${what}: whether the data in volumes comes back from ${newest.backup} was NOT PROVEN; it was last with ${volumesProof.backup}, by ${volumesProof.drill} at ${volumesProof.at}.`,
        ];
  if (facts === null)
    return volumesProof === null
      ? [`${what}: data in volumes: not proven: claims are compared, the data in volumes is not.`]
      : before;
  return [
    ...(facts.claims.length === 0
      ? [`${what}: no claim had data in ${newest.backup}, so that of volumes NOTHING WAS PROVEN.`, ...before]
      : []),
    ...(facts.notCompared.length === 0
      ? []
      : [`${what}: in the backup and NOT COMPARED, since only its own pod can read it: ${list(facts.notCompared)}.`]),
    ...(facts.movedInAll === 0
      ? []
      : [
          `${what}: ${facts.movedInAll} files changed while the backup was made, and were NOT COMPARED: ${list(facts.moved.slice(0, 3))}${facts.movedInAll > 3 ? ' and more' : ''}.`,
        ]),
  ];
}

/** Backups that would lose less, if only they were proven. */
function newerWords({ namespaces, schedules, newest }: Protected, context: RecoveryContext): readonly string[] {
  return context.schedules
    .filter((fact) => schedules.some(({ of }) => isSamePlace(of, fact.of)))
    .map((fact) =>
      fact.newest === null
        ? `${list(namespaces)}: ${fact.schedule} had made NO GOOD BACKUP when it was last looked at, ${fact.at}.`
        : fact.newest === newest?.backup
          ? ''
          : `${list(namespaces)}: ${fact.schedule} had made ${fact.newest} when it was last looked at, ${fact.at}: Velero calls it good, NO DRILL HAS PROVEN it.`,
    )
    .filter((text) => text !== '');
}

/** Velero deletes what is older than its time to live, proven or not. */
function expiredWords({ newest, ttl, namespaces }: Protected, now: number): readonly string[] {
  if (newest === null) return [];
  const made = Date.parse(newest.at) - (newest.ageSeconds ?? 0) * 1_000;
  const end = made + durationMs(ttl);
  return now < end
    ? []
    : [
        `${list(namespaces)}: the newest proven backup ${newest.backup} was kept ${ttl}, until about ${new Date(end).toISOString()}: Velero has probably DELETED it, and newer ones are not proven.`,
      ];
}
