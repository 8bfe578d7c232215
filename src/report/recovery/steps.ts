import { referenceLabel } from '../../domain/reference.ts';
import { stepPath } from '../../domain/names.ts';
import type { Bundle } from '../../domain/bundle.ts';
import { shapeOf } from '../../domain/shape.ts';
import type { Step, StepKind, StepOf } from '../../domain/step.ts';
import type { Placed as Place } from '../../domain/evidence/kind.ts';
import { referencesIn } from './references.ts';
import type { Need } from './runbook.ts';

/** A step that the bundle lets in, with its full name. */
type Placed<S extends Step = Step> = S & { readonly path: string };

/** What one step has to do with bringing everything back. Sections of the runbook are made of these, of no step kinds. */
export type Piece =
  /** A value that must be at hand. */
  | ({ readonly piece: 'need' } & Need)
  /** Objects on a cluster; `namespace` is null where the manifests name theirs, `runs` says whether there may be workloads. */
  | OnTarget<'objects', { readonly namespace: string | null; readonly runs: boolean }>
  | OnTarget<'bucket', { readonly bucket: string; readonly versioning: boolean | null; readonly gated: boolean }>
  /** Where Velero finds its backups: `target` is the cluster, `with.objectStore` the store. */
  | OnTarget<'location', { readonly with: StepOf<'velero.location'>['with'] }>
  | OnTarget<'backups', Backups>
  | OnTarget<'databases', { readonly with: StepOf<'postgres.provision'>['with'] }>
  | OnTarget<'schema', { readonly with: StepOf<'postgres.migrate'>['with'] }>
  /** A database that a drill dumps beside its backup, restores and compares. */
  | OnTarget<'dump', Dump>
  /** A step of a kind that this version does not know. */
  | { readonly piece: 'unknown'; readonly kind: string; readonly path: string }
  /** What shows that all is back: questions to what is served, or drills of what is there then. */
  | { readonly piece: 'check'; readonly by: 'probe' | 'drill'; readonly path: string };

type OnTarget<P extends string, Fields> = {
  readonly piece: P;
  readonly target: string;
  readonly path: string;
} & Fields;

/** What a step backs up together. */
interface Backups {
  readonly of: Place;
  readonly namespaces: readonly string[];
  readonly ttl: string;
  readonly volumes: boolean;
  /** When a schedule makes them; null for other steps. */
  readonly cron: string | null;
  /** For a drill, whose backups it restores: those of a schedule, or (null) its own; absent for other steps. */
  readonly drills?: string | null;
}

interface Dump {
  readonly database: string;
  readonly keepDump: boolean;
  readonly drill: Place;
  readonly objectStore: string;
  readonly storageLocation: string;
}

/** What the recovery of everything has from a step of each kind. A kind that is missing here does not compile. */
const PIECES: { readonly [K in StepKind]: (step: Placed<StepOf<K>>) => readonly Piece[] } = {
  'kubernetes.apply': ({ target, path, with: { namespace = null, secrets } }) => [
    { piece: 'objects', target, path, namespace, runs: true },
    ...Object.entries(secrets).flatMap(([name, data]) => needs(`Secret ${name}`, data)),
  ],
  'kubernetes.secret': ({ target, path, with: { namespace, name, data } }) => [
    { piece: 'objects', target, path, namespace, runs: false },
    ...needs(`Secret ${namespace}/${name}`, data),
  ],
  // What is adopted, scaled, suspended, recreated or pruned is declared by other steps, or comes back as it is in a backup.
  'kubernetes.adopt': () => [],
  'kubernetes.scale': () => [],
  'kubernetes.suspend': () => [],
  'kubernetes.recreate': () => [],
  'kubernetes.prune': () => [],
  // What only looks brings nothing back.
  'network.flows': () => [],
  'policy.reports': () => [],
  'monitoring.verify': () => [],
  audit: () => [],
  load: () => [],
  // The repository is a copy of what the rollout applies.
  'gitops.export': ({ path, with: { signingKey } }) =>
    signingKey === undefined ? [] : needs(`commits of ${path}`, { signingKey }),
  'postgres.provision': ({ target, path, with: spec }) => [
    { piece: 'databases', target, path, with: spec },
    ...spec.roles.flatMap((role) => needs(`role ${role.name}`, role)),
  ],
  'postgres.migrate': ({ target, path, with: spec }) => [{ piece: 'schema', target, path, with: spec }],
  'objectstore.bucket': ({ target, path, approval, with: { bucket, versioning = null } }) => [
    { piece: 'bucket', target, path, bucket, versioning, gated: approval !== undefined },
  ],
  // Its workflows are in the scheduler's database, and in the files of the rollout, which is carried through again.
  'dolphinscheduler.project': ({ with: { project, user, password } }) =>
    needs(`project ${project} of DolphinScheduler`, { user, password }),
  'velero.location': ({ target, path, with: spec }) => [{ piece: 'location', target, path, with: spec }],
  'velero.schedule': ({ target, path, with: spec }) => [
    { piece: 'backups', target, path, ...backups(spec), cron: spec.schedule },
  ],
  'velero.backup': ({ target, path, with: spec }) => [{ piece: 'backups', target, path, ...backups(spec), cron: null }],
  'velero.drill': ({ target, path, with: spec }) => [
    { piece: 'backups', target, path, ...backups(spec), cron: null, drills: spec.of?.schedule ?? null },
    ...spec.databases.map(({ target: server, database, keepDump }): Piece => ({
      piece: 'dump',
      target: server,
      path,
      database,
      keepDump,
      drill: { namespace: spec.namespace, name: spec.name },
      objectStore: spec.objectStore,
      storageLocation: spec.storageLocation,
    })),
    { piece: 'check', by: 'drill', path },
  ],
  // A restore is what the runbook itself asks for.
  'velero.restore': () => [],
  probe: ({ path }) => [{ piece: 'check', by: 'probe', path }],
  approval: () => [],
};

/** The pieces of all steps that the bundle lets in, in their order. */
export function piecesOf(bundle: Bundle): readonly Piece[] {
  return includedSteps(bundle).flatMap(piecesOfStep);
}

function piecesOfStep<K extends StepKind>(step: Placed<StepOf<K>>): readonly Piece[] {
  if (!Object.hasOwn(PIECES, step.kind)) return [{ piece: 'unknown', kind: step.kind, path: step.path }];
  return PIECES[step.kind](step);
}

/** All steps that the bundle lets in, in their order. */
export function includedSteps(bundle: Bundle): readonly Placed[] {
  const included = new Set(
    shapeOf(bundle).phases.flatMap((phase) =>
      phase.steps.filter((step) => step.included).map((step) => stepPath(phase.name, step.name)),
    ),
  );
  return bundle.phases
    .flatMap((phase) => phase.steps.map((step) => ({ ...step, path: stepPath(phase.name, step.name) })))
    .filter(({ path }) => included.has(path));
}

type BackupSpec = StepOf<'velero.schedule' | 'velero.backup' | 'velero.drill'>['with'];

function backups({ namespace, name, includedNamespaces, ttl, volumes }: BackupSpec) {
  return { of: { namespace, name }, namespaces: includedNamespaces, ttl, volumes: volumes !== 'none' };
}

function needs(whose: string, fields: object): readonly Piece[] {
  return referencesIn(fields).map(([key, reference]) => ({
    piece: 'need',
    what: `${whose}, ${key}`,
    where: referenceLabel(reference),
  }));
}
