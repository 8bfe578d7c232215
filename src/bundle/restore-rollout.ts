import { approversNamed, type Bundle } from '../domain/bundle.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { restoreRolloutName, stepPath } from '../domain/names.ts';
import { phase } from '../domain/rollout.ts';
import { shapeOf } from '../domain/shape.ts';
import type { Step, StepKind, StepOf } from '../domain/step.ts';
import { bundleDocument, sha256 } from './digest.ts';
import type { LoadedRollout } from './load.ts';

/** What is to be restored, as it is asked for. */
export interface RestoreAsked {
  /** The backup by name; the newest proven one of the rollout's drills, backups and schedules when absent. */
  readonly backup?: string | undefined;
  /** Empty: all that the backup holds. */
  readonly namespaces: readonly string[];
  /** Other namespaces to restore into, by the original. */
  readonly into: Readonly<Record<string, string>>;
  readonly updateExisting: boolean;
  readonly allowUnproven: boolean;
  /** Who may approve; those of the rollout's own gates when absent. */
  readonly approvers?: readonly string[] | undefined;
  /** The cluster; may be left out where backups are made on one only. */
  readonly target?: string | undefined;
  /** What the record knows of proven backups. */
  readonly proofs: readonly { readonly backup: string; readonly at: string; readonly by: string }[];
}

/** Its one phase, and the step that restores. */
const RESTORE = 'restore';
/** Of the first part of a Restore's name. */
const LONGEST = 40;

/** What a restore has from each kind of Velero: where backups are, under which names they are made, or nothing. */
const ROLES = {
  'velero.location': 'place',
  'velero.schedule': 'maker',
  'velero.backup': 'maker',
  'velero.drill': 'maker',
  'velero.restore': 'none',
} as const satisfies Record<VeleroKind, 'place' | 'maker' | 'none'>;
type VeleroKind = Extract<StepKind, `velero.${string}`>;
type VeleroStep = StepOf<VeleroKind>;

/**
 * A rollout of one gated step that restores a backup, on the targets and by the decision policy of the rollout that made
 * it. Carried out as any other: with its lock, its record, its retries.
 *
 * @throws WindlassFailure `WrongUsage` when it cannot be told what is meant.
 */
export function restoreRollout(bundle: Bundle, asked: RestoreAsked): LoadedRollout {
  const { target, steps } = veleroOf(bundle, asked.target);
  const namespaces = asked.namespaces.length > 0 ? asked.namespaces : usualNamespaces(steps, asked.backup);
  const sources = sourcesOf(steps);
  const locations = locationsOf(steps);
  const parsed = phase.safeParse({
    name: RESTORE,
    description: `Brings back what ${bundle.rollout} backed up.`,
    steps: [
      // A cluster that was lost has to learn of the bucket first; elsewhere these find nothing to do.
      ...locations.map(({ with: spec }) => ({ name: locationStep(spec), kind: 'velero.location', target, with: spec })),
      {
        name: RESTORE,
        needs: locations.map(({ with: spec }) => locationStep(spec)),
        kind: 'velero.restore',
        target,
        timeout: '2h',
        // A new cluster learns of its backups within a minute.
        retry: { attempts: 20 },
        approval: {
          reason: reasonOf(asked, namespaces, sources),
          // Those who may approve other dangerous things of the rollout; nobody in particular where it names none.
          approvers: asked.approvers ?? approversNamed(bundle),
          expiresAfter: '24h',
        },
        with: {
          name: `restore-${bundle.rollout}`.slice(0, LONGEST).replace(/-+$/, ''),
          namespace: steps[0]?.with.namespace,
          objectStore: storeOf(steps),
          storageLocation: locations[0]?.with.name,
          ...(asked.backup === undefined ? { latestProvenOf: sources } : { backup: asked.backup }),
          ...(namespaces.length === 0 ? {} : { includedNamespaces: namespaces }),
          namespaceMapping: asked.into,
          existing: asked.updateExisting ? 'update' : 'keep',
          allowUnproven: asked.allowUnproven,
          recordedProofs: asked.proofs,
        },
      },
    ],
  });
  if (!parsed.success)
    throw wrong(
      parsed.error.issues.map(({ message, path }) => `${path.slice(2).join('.')}: ${message}`).join('; '),
      'Correct the options of the restore.',
    );
  // The gate is there in any case: what it would ask of drills is said in the plan, of the very backup that is restored.
  const { apiVersion, environment, parameters, targets, decisions } = bundle;
  const restore: Bundle = {
    apiVersion,
    environment,
    parameters,
    targets,
    decisions,
    rollout: restoreRolloutName(bundle.rollout),
    phases: [parsed.data as Bundle['phases'][number]],
    files: {},
  };
  return {
    ok: true,
    bundle: restore,
    digest: sha256(bundleDocument(restore)),
    files: new Map(),
    notes: [],
    large: new Map(),
  };
}

/** The cluster that the backups are made on, and the steps that speak of them. */
function veleroOf(bundle: Bundle, asked: string | undefined) {
  const included = new Set(
    shapeOf(bundle).phases.flatMap((one) =>
      one.steps.filter((step) => step.included).map((step) => stepPath(one.name, step.name)),
    ),
  );
  const all = bundle.phases.flatMap((one) =>
    one.steps.filter((step) => included.has(stepPath(one.name, step.name))).filter(isVelero),
  );
  const targets = [...new Set(all.map(({ target }) => target))];
  const target = asked ?? (targets.length === 1 ? targets[0] : undefined);
  if (targets.length === 0)
    throw wrong(
      'The rollout has no step of Velero: it does not say where backups are.',
      'Name a rollout that makes backups.',
    );
  if (target === undefined || !targets.includes(target))
    throw wrong(`Backups are made on these targets: ${targets.join(', ')}.`, 'Name one of them with --target.');
  return { target, steps: all.filter((step) => step.target === target) };
}

function isVelero(step: Step): step is VeleroStep {
  return Object.hasOwn(ROLES, step.kind);
}

/** Names under which backups are made. */
function sourcesOf(steps: readonly VeleroStep[]): readonly string[] {
  const makers = steps.filter(({ kind }) => ROLES[kind] === 'maker');
  return [...new Set(makers.map((step) => step.with.name))];
}

function locationStep({ name }: { readonly name: string }): string {
  return `location-${name}`.slice(0, 63).replace(/-+$/, '');
}

/** The default location first. */
function locationsOf(steps: readonly VeleroStep[]): readonly StepOf<'velero.location'>[] {
  const locations = steps.flatMap((step) => (step.kind === 'velero.location' ? [step] : []));
  return locations.toSorted((a, b) => Number(b.with.isDefault) - Number(a.with.isDefault));
}

function storeOf(steps: readonly VeleroStep[]): string | undefined {
  const stores = new Set(steps.flatMap((step) => ('objectStore' in step.with ? [step.with.objectStore] : [])));
  if (stores.size === 1) return [...stores][0];
  throw wrong(
    stores.size === 0
      ? 'No step of Velero names the object store of the backups.'
      : 'The backups are in several object stores.',
    'Write a step of kind velero.restore, which names the store.',
  );
}

/** What the rollout backs up, if that is the same everywhere: the newest backup of several things is not what is meant. */
function usualNamespaces(steps: readonly VeleroStep[], backup: string | undefined): readonly string[] {
  if (backup !== undefined) return [];
  const sets = new Map(
    steps.flatMap((step) =>
      'includedNamespaces' in step.with && step.with.includedNamespaces !== undefined
        ? [[[...step.with.includedNamespaces].sort().join(', '), step.with.includedNamespaces] as const]
        : [],
    ),
  );
  if (sets.size > 1)
    throw wrong(
      `The rollout backs up several sets of namespaces: ${[...sets.keys()].join('; ')}.`,
      'Say which with --namespace.',
    );
  return [...sets.values()][0] ?? [];
}

function reasonOf(asked: RestoreAsked, namespaces: readonly string[], sources: readonly string[]): string {
  const from =
    asked.backup === undefined ? `the newest proven backup of ${sources.join(', ')}` : `Backup ${asked.backup}`;
  const what =
    namespaces.length === 0
      ? 'all that it holds'
      : `namespace${namespaces.length > 1 ? 's' : ''} ${namespaces.join(', ')}`;
  const into = Object.entries(asked.into).map(([original, copy]) => `${original} into ${copy}`);
  const place = into.length === 0 ? 'onto the originals' : `${into.join(', ')}, the rest onto the originals`;
  return [
    `Restores ${what} from ${from}, ${place}.`,
    asked.updateExisting
      ? 'Objects that exist are OVERWRITTEN with their state in the backup.'
      : 'Objects that exist are kept; what is missing is brought back.',
    ...(asked.allowUnproven ? ['The backup may be one that is not good or that no drill has PROVEN.'] : []),
  ].join(' ');
}

function wrong(message: string, next: string): WindlassFailure {
  return new WindlassFailure('WrongUsage', message, { next });
}
