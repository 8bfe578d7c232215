import { durationMs, formatDuration } from '../../domain/duration.ts';
import { ago, list, stepsOf, type RecoveryContext } from './context.ts';
import type { DrillFact } from './facts.ts';

/** What is backed up together, by which steps, and what was proven of it. */
export interface Protected {
  readonly namespaces: readonly string[];
  readonly namespace: string;
  /** Names under which backups are made. */
  readonly names: readonly string[];
  /** How long the newest proven backup is kept; of the step whose name it bears. */
  readonly ttl: string;
  readonly volumes: boolean;
  readonly schedules: readonly { readonly subject: string; readonly words: string }[];
  /** The drills that cover exactly this: `Drill velero/nightly`. */
  readonly drills: readonly string[];
  readonly newest: DrillFact | null;
  /** The last drill, whatever its verdict. */
  readonly last: DrillFact | null;
}

/** The sets of namespaces that the steps on a cluster back up, each with its newest proof. */
export function protectedSets(context: RecoveryContext, target: string): readonly Protected[] {
  const steps = [
    ...stepsOf(context, 'velero.drill', target),
    ...stepsOf(context, 'velero.backup', target),
    ...stepsOf(context, 'velero.schedule', target),
  ];
  const sets = Map.groupBy(steps, (step) => [...step.with.includedNamespaces].sort().join(', '));
  return [...sets.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const drills = same.flatMap((step) =>
      step.kind === 'velero.drill' ? [`Drill ${step.with.namespace}/${step.with.name}`] : [],
    );
    const facts = context.drills.filter(({ drill }) => drills.includes(drill));
    const newest = facts.findLast(({ proven }) => proven) ?? null;
    const maker = same.find((step) => newest?.backup.startsWith(`${step.with.name}-`) === true) ?? first;
    return [
      {
        namespaces: first.with.includedNamespaces,
        namespace: first.with.namespace,
        names: [...new Set(same.map((step) => step.with.name))],
        ttl: maker.with.ttl,
        volumes: same.some((step) => step.with.volumes !== 'none'),
        schedules: same.flatMap((step) =>
          step.kind === 'velero.schedule'
            ? [
                {
                  subject: `Schedule ${step.with.namespace}/${step.with.name}`,
                  words: `${step.with.name} (${step.with.schedule}, kept ${step.with.ttl})`,
                },
              ]
            : [],
        ),
        drills,
        newest,
        last: facts.at(-1) ?? null,
      },
    ];
  });
}

/** What was shown, in sentences; nothing where nothing was. */
export function provenWords({ namespaces, newest }: Protected, { now }: RecoveryContext): readonly string[] {
  if (newest === null) return [];
  const { backup, at, drill, restoreSeconds, ageSeconds, objectives, how } = newest;
  const made = ageSeconds === null ? null : new Date(Date.parse(at) - ageSeconds * 1_000).toISOString();
  return [
    `${list(namespaces)}: backup ${backup} was proven by ${drill} at ${at}, ${ago(at, now)} ago${how === 'real' ? '' : ` (${how})`}.`,
    made === null
      ? `When ${backup} was made is not on record, so how much would be lost cannot be told.`
      : `It was made at ${made}: restoring it now loses what changed in the last ${ago(made, now)}.`,
    restoreSeconds === null
      ? 'How long its restore took is not on record.'
      : `Its restore with the comparison took ${formatDuration(restoreSeconds * 1_000)}, into namespaces of the drill and without running workloads: getting them ready comes on top.`,
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
    ...(volumes
      ? newest?.volumes === null || newest === null
        ? [`${what}: whether the data in volumes comes back was NEVER PROVEN.`]
        : [`${what}: data in volumes: ${newest.volumes}.`]
      : [`${what}: the data in volumes is NOT IN THE BACKUPS at all.`]),
    ...newerWords(set, context),
    ...expiredWords(set, context.now),
  ];
}

/** Backups that would lose less, if only they were proven. */
function newerWords({ namespaces, schedules, newest }: Protected, context: RecoveryContext): readonly string[] {
  return context.schedules
    .filter((fact) => schedules.some(({ subject }) => subject === fact.schedule))
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
