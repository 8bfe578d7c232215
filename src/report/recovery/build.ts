import type { Bundle } from '../../domain/bundle.ts';
import { damageLines, type RecordReading } from '../../domain/damage.ts';
import type { TargetBinding } from '../../domain/environment.ts';
import { referenceLabel } from '../../domain/reference.ts';
import { clusterRunbook, clusterUnproven } from './cluster.ts';
import { list, ofPiece, signing, windlass, type RecoveryContext } from './context.ts';
import { databaseProven, databaseRunbook, databaseUnproven } from './databases.ts';
import { drillFacts, restoreFacts, scheduleFacts } from './facts.ts';
import { referencesIn } from './references.ts';
import { protectedSets, provenWords, unprovenWords } from './proof.ts';
import type { Need, RecoveryStep, Runbook, TargetRunbook } from './runbook.ts';
import { piecesOf } from './steps.ts';
import { storeRunbook, storeUnproven } from './store.ts';

/** Backups come before what is restored from them, and servers that others use before those. */
const ORDER: readonly TargetBinding['kind'][] = ['s3', 'kubernetes', 'postgres', 'http', 'dns', 'git'];

/**
 * Makes the recovery runbook of a rollout from its bundle and the evidence of all its runs. Needs neither Temporal nor the
 * targets: they may be what is lost. Entries that do not read are named in it.
 *
 * @param of `directory`: the rollout's directory as commands are to name it; `digest`: of the bundle;
 *   `doubts`: why it is not the newest, in sentences.
 */
export function buildRunbook(
  of: {
    readonly bundle: Bundle;
    readonly digest: string;
    readonly directory: string;
    readonly doubts?: readonly string[];
  },
  { entries, damaged }: RecordReading,
  now: Date = new Date(),
): Runbook {
  const { bundle, digest, directory } = of;
  const [drills, restores] = [drillFacts(entries), restoreFacts(entries)];
  const context: RecoveryContext = {
    bundle,
    directory,
    pieces: piecesOf(bundle),
    drills,
    restores,
    schedules: scheduleFacts(entries),
    now: now.getTime(),
  };
  const targets = Object.entries(bundle.targets).toSorted(
    ([, a], [, b]) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind),
  );
  const clusters = targets.filter(([, { kind }]) => kind === 'kubernetes').map(([name]) => name);
  const sets = clusters.flatMap((name) => protectedSets(context, name));
  return {
    rollout: bundle.rollout,
    environment: bundle.environment,
    bundle: digest,
    madeAt: now.toISOString(),
    proven: [
      ...sets.flatMap((set) => provenWords(set, context)),
      ...targets.flatMap(([name, { kind }]) => (kind === 'postgres' ? databaseProven(context, name) : [])),
    ],
    unproven: [
      ...(of.doubts ?? []),
      ...damageLines(damaged).map((line) => `NOT IN THIS RUNBOOK, since it does not read: ${line}.`),
      ...sets.flatMap((set) => unprovenWords(set, context)),
      ...clusters.flatMap((name) => clusterUnproven(context, name)),
      ...targets.flatMap(([name, { kind }]) => (kind === 'postgres' ? databaseUnproven(context, name) : [])),
      ...storeUnproven(context),
      ...ofPiece(context, 'unknown').map(
        ({ kind, path }) =>
          `${path}: this version of Windlass knows no step kind ${kind}: what the step makes, and how it comes back, is NOT IN THIS RUNBOOK.`,
      ),
      'This procedure as a whole was NEVER carried out as far as the record knows: drills restore parts of it.',
    ],
    needs: needsOf(context, targets),
    targets: targets.map(([name, binding]) => targetRunbook(context, name, binding)),
    verification: verificationOf(context),
    drills,
    restores,
    ...(damaged.length === 0 ? {} : { damaged }),
  };
}

function targetRunbook(context: RecoveryContext, name: string, binding: TargetBinding): TargetRunbook {
  switch (binding.kind) {
    case 's3':
      return storeRunbook(context, name, binding);
    case 'kubernetes':
      return clusterRunbook(context, name, binding);
    case 'postgres':
      return databaseRunbook(context, name, binding);
    case 'http':
    case 'dns':
      return { name, kind: binding.kind, holds: ['nothing: the rollout only asks it'], steps: [] };
    case 'git':
      return {
        name,
        kind: binding.kind,
        holds: [
          'files of what the rollout applies: it writes them again where the branch is gone, without its history',
        ],
        steps: [],
      };
  }
}

/** Addresses and credentials of the targets, and the secrets that steps put into them. */
function needsOf(context: RecoveryContext, targets: readonly (readonly [string, TargetBinding])[]): readonly Need[] {
  const ofTargets = targets.flatMap(([name, binding]) =>
    referencesIn(binding).map(([key, reference]) => ({
      what: `target ${name}, ${key}`,
      where: referenceLabel(reference),
    })),
  );
  return [...ofTargets, ...ofPiece(context, 'need').map(({ what, where }) => ({ what, where }))];
}

function verificationOf(context: RecoveryContext): readonly RecoveryStep[] {
  const { bundle } = context;
  const at = `${bundle.rollout} --environment ${bundle.environment}`;
  const checks = ofPiece(context, 'check');
  const probes = checks.filter(({ by }) => by === 'probe').map(({ path }) => path);
  const drills = checks.filter(({ by }) => by === 'drill').map(({ path }) => path);
  return [
    {
      title: 'What is still missing is brought back by the rollout itself',
      notes: [
        'Only after the restores: what a start makes anew is kept by them.',
        'Each line of the plan is something that is not back. After the start it must say that there is nothing to do.',
      ],
      commands: [windlass(context, 'plan'), windlass(context, 'start', '--watch'), windlass(context, 'plan')],
      byHand: [],
    },
    {
      title: 'Everything works',
      notes: [
        'That start waits until workloads are ready, and finds evidence anew.',
        ...(probes.length === 0 ? [] : [`It asks what the rollout serves: ${list(probes)}.`]),
        ...(drills.length === 0
          ? []
          : [
              `What is there now is not proven until a drill has restored it: ${list(drills)}.`,
              'Drills by the clock are kept by Temporal: where its database was lost, make them again (`windlass schedule create`).',
            ]),
      ],
      commands: [
        `windlass report ${at}`,
        ...drills.map((path) =>
          [
            'windlass drill',
            bundle.rollout,
            path,
            '--environment',
            bundle.environment,
            '--watch',
            ...signing(bundle),
          ].join(' '),
        ),
        ...(drills.length === 0 ? [] : [`windlass schedule list ${at}`]),
        `windlass report ${at} --recovery`,
      ],
      byHand: [],
    },
  ];
}
