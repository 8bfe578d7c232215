import type { Bundle } from '../domain/bundle.ts';
import type { Change } from '../domain/change.ts';
import type { Applied, EngineContext, StepEngine } from '../domain/step-engine.ts';
import type { Finding } from '../domain/evidence.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { StepOf } from '../domain/step.ts';
import { httpProbeEngine } from '../http/http-probe.ts';
import { tcpProbeEngine } from '../http/tcp-probe.ts';
import { kubernetesAdoptEngine } from '../kubernetes/adopt/adopt-engine.ts';
import { openKubernetes } from '../kubernetes/client/open.ts';
import { kubernetesApplyEngine } from '../kubernetes/apply/apply-engine.ts';
import type { DeclaringSpec } from '../kubernetes/prune/declared.ts';
import { kubernetesPruneEngine } from '../kubernetes/prune/prune-engine.ts';
import { kubernetesRecreateEngine } from '../kubernetes/recreate/recreate-engine.ts';
import { kubernetesScaleEngine } from '../kubernetes/scale/scale-engine.ts';
import { kubernetesSecretEngine } from '../kubernetes/secret/secret-engine.ts';
import { kubernetesSuspendEngine } from '../kubernetes/suspend/suspend-engine.ts';
import { objectstoreBucketEngine } from '../objectstore/bucket-engine.ts';
import { bucketReader } from '../objectstore/reader.ts';
import { postgresMigrateEngine } from '../postgres/migrate/migrate-engine.ts';
import { sqlProbeEngine } from '../postgres/probe.ts';
import { postgresProvisionEngine } from '../postgres/provision/provision-engine.ts';
import { veleroBackupEngine } from '../velero/backup/backup-engine.ts';
import { veleroDrillEngine } from '../velero/drill/drill-engine.ts';
import { veleroLocationEngine } from '../velero/location/location-engine.ts';
import { veleroRestoreEngine } from '../velero/restore/restore-engine.ts';
import { veleroScheduleEngine } from '../velero/schedule/schedule-engine.ts';
import { ClusterSecrets } from './cluster-secrets.ts';
import { Connections } from './connections.ts';
import { drillTools } from './drill-tools.ts';
import type { Resolve } from './resolve.ts';

/** A step with its engine, its target and its settings in hand. */
export interface BoundStep {
  plan(context: EngineContext): Promise<readonly Change[]>;
  apply(context: EngineContext): Promise<Applied>;
  verify(context: EngineContext): Promise<readonly Finding[]>;
  undo(): string;
  close(): Promise<void>;
}

type BundleStep = Bundle['phases'][number]['steps'][number];

/**
 * Opens the engine of a step on its target.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, `InvalidRollout`.
 */
export async function openStep(bundle: Bundle, step: BundleStep, resolve: Resolve): Promise<BoundStep> {
  const connections = new Connections(bundle, resolve);
  switch (step.kind) {
    case 'kubernetes.adopt': {
      const api = await openKubernetes(await connections.kubernetes(step.target));
      const options = { inventory: connections.inventory(step.target) };
      return bind(kubernetesAdoptEngine(api, options), step.with, () => api.close());
    }
    case 'kubernetes.apply': {
      const api = await openKubernetes(await connections.kubernetes(step.target));
      const inventory = connections.inventory(step.target);
      return bind(kubernetesApplyEngine(api, { inventory }), step.with, () => api.close());
    }
    case 'kubernetes.prune': {
      const api = await openKubernetes(await connections.kubernetes(step.target));
      const options = { inventory: connections.inventory(step.target), declaredBy: declaredOn(step.target, bundle) };
      return bind(kubernetesPruneEngine(api, options), step.with, () => api.close());
    }
    case 'kubernetes.scale': {
      const api = await openKubernetes(await connections.kubernetes(step.target));
      const inventory = connections.inventory(step.target);
      return bind(kubernetesScaleEngine(api, { inventory }), step.with, () => api.close());
    }
    case 'kubernetes.suspend': {
      const api = await openKubernetes(await connections.kubernetes(step.target));
      const inventory = connections.inventory(step.target);
      return bind(kubernetesSuspendEngine(api, { inventory }), step.with, () => api.close());
    }
    case 'kubernetes.secret': {
      const api = await openKubernetes(await connections.kubernetes(step.target));
      const inventory = connections.inventory(step.target);
      return bind(kubernetesSecretEngine(api, { inventory }), step.with, () => api.close());
    }
    case 'kubernetes.recreate': {
      const api = await openKubernetes(await connections.kubernetes(step.target));
      const inventory = connections.inventory(step.target);
      return bind(kubernetesRecreateEngine(api, { inventory }), step.with, () => api.close());
    }
    case 'velero.location': {
      const store = await connections.s3(step.with.objectStore);
      const api = await openKubernetes(await connections.kubernetes(step.target));
      return bind(veleroLocationEngine(api, store), step.with, () => api.close());
    }
    case 'velero.schedule': {
      const api = await openKubernetes(await connections.kubernetes(step.target));
      return bind(veleroScheduleEngine(api), step.with, () => api.close());
    }
    case 'velero.backup': {
      const reader = bucketReader(await connections.s3(step.with.objectStore));
      const api = await openKubernetes(await connections.kubernetes(step.target));
      const kinds = (signal: AbortSignal) => api.discovery.namespacedKinds(signal);
      return bind(veleroBackupEngine({ api, reader, kinds }), step.with, () => api.close());
    }
    case 'velero.drill': {
      const tools = await drillTools(step, connections);
      return bind(veleroDrillEngine(tools), step.with, () => tools.api.close());
    }
    case 'velero.restore': {
      const reader = bucketReader(await connections.s3(step.with.objectStore));
      const api = await openKubernetes(await connections.kubernetes(step.target));
      return bind(veleroRestoreEngine(api, reader), step.with, () => api.close());
    }
    case 'postgres.provision':
      return openProvision(step, connections);
    case 'postgres.migrate':
      return bind(postgresMigrateEngine(await connections.postgres(step.target)), step.with);
    case 'objectstore.bucket':
      return bind(objectstoreBucketEngine(await connections.s3(step.target)), step.with);
    case 'probe':
      return openProbe(step, connections);
    case 'approval':
      throw new WindlassFailure('Internal', 'A bare approval has no engine.', {
        object: step.name,
        next: 'This is a defect of Windlass: report it.',
      });
  }
}

/** What all steps declare on a cluster. A step that `when` leaves out declares too: its objects may come back. */
function declaredOn(target: string, bundle: Bundle): readonly DeclaringSpec[] {
  return bundle.phases
    .flatMap(({ steps }) => steps)
    .filter(
      (step) =>
        step.kind === 'kubernetes.apply' || step.kind === 'kubernetes.adopt' || step.kind === 'kubernetes.recreate',
    )
    .filter((step) => step.target === target)
    .map((step) => step.with);
}

/** Clusters are opened only where a role's password is in one of their Secrets. */
async function openProvision(step: StepOf<'postgres.provision'>, connections: Connections): Promise<BoundStep> {
  const secrets = new ClusterSecrets(connections);
  const engine = postgresProvisionEngine(await connections.postgres(step.target), secrets.read);
  return bind(engine, step.with, () => secrets.close());
}

async function openProbe({ target, with: spec }: StepOf<'probe'>, connections: Connections): Promise<BoundStep> {
  switch (spec.protocol) {
    case 'http':
      return bind(httpProbeEngine(await connections.address(target)), spec);
    case 'tcp':
      return bind(tcpProbeEngine(await connections.address(target)), spec);
    case 'sql':
      return bind(sqlProbeEngine(await connections.postgres(target)), spec);
  }
}

function bind<Spec>(
  engine: StepEngine<Spec>,
  spec: Spec,
  close: () => Promise<void> = () => Promise.resolve(),
): BoundStep {
  return {
    plan: (context) => engine.plan(spec, context),
    apply: (context) => engine.apply(spec, context),
    verify: (context) => engine.verify(spec, context),
    undo: () => engine.undo(spec),
    close,
  };
}
