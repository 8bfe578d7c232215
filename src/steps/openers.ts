import { auditEngine } from '../audit/audit-engine.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { StepKindTable } from '../domain/kinds/descriptor.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { STEP_KINDS } from '../domain/kinds/table.ts';
import type { Resolved } from '../domain/reference.ts';
import type { SecretReader } from '../domain/secret-place.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import type { StepFileOf, StepOf } from '../domain/step.ts';
import { gitopsExportEngine } from '../gitops/export-engine.ts';
import { dolphinschedulerProjectEngine } from '../dolphinscheduler/project-engine.ts';
import { dnsProbeEngine } from '../http/dns-probe.ts';
import { httpProbeEngine } from '../http/http-probe.ts';
import { loadEngine } from '../http/load/load-engine.ts';
import { promqlProbeEngine } from '../http/promql-probe.ts';
import { tcpProbeEngine } from '../http/tcp-probe.ts';
import { tlsProbeEngine } from '../http/tls-probe.ts';
import { kubernetesAdoptEngine } from '../kubernetes/adopt/adopt-engine.ts';
import { kubernetesApplyEngine } from '../kubernetes/apply/apply-engine.ts';
import type { KubernetesClient } from '../kubernetes/client/client.ts';
import type { InventoryHome } from '../kubernetes/inventory/apply-set.ts';
import { networkFlowsEngine } from '../kubernetes/flows/flows-engine.ts';
import { policyReportsEngine } from '../kubernetes/policies/reports-engine.ts';
import { kubernetesProbeEngine } from '../kubernetes/probe.ts';
import { kubernetesPruneEngine } from '../kubernetes/prune/prune-engine.ts';
import { kubernetesRecreateEngine } from '../kubernetes/recreate/recreate-engine.ts';
import { kubernetesScaleEngine } from '../kubernetes/scale/scale-engine.ts';
import { kubernetesSecretEngine } from '../kubernetes/secret/secret-engine.ts';
import { kubernetesSuspendEngine } from '../kubernetes/suspend/suspend-engine.ts';
import { unobservedEngine } from '../monitoring/unobserved-engine.ts';
import { monitoringVerifyEngine } from '../monitoring/verify-engine.ts';
import { objectstoreBucketEngine } from '../objectstore/bucket-engine.ts';
import { s3ProbeEngine } from '../objectstore/probe.ts';
import { bucketReader } from '../objectstore/reader.ts';
import { artifactSettings } from '../postgres/artifacts/settings.ts';
import { postgresMigrateEngine } from '../postgres/migrate/migrate-engine.ts';
import { sqlProbeEngine } from '../postgres/probe.ts';
import { postgresProvisionEngine } from '../postgres/provision/provision-engine.ts';
import { veleroBackupEngine } from '../velero/backup/backup-engine.ts';
import { veleroDrillEngine } from '../velero/drill/drill-engine.ts';
import { veleroLocationEngine } from '../velero/location/location-engine.ts';
import { veleroRestoreEngine } from '../velero/restore/restore-engine.ts';
import { veleroScheduleEngine } from '../velero/schedule/schedule-engine.ts';
import { auditFacts } from './audit-facts.ts';
import { bind, type BoundStep } from './bound-step.ts';
import { ClusterSecrets } from './cluster-secrets.ts';
import type { Connections } from './connections.ts';
import { declaredOn } from './declared-on.ts';
import { exportSource } from './exported.ts';
import { drillTools } from './drill-tools.ts';

/** What a step is opened with. */
interface Opening {
  readonly bundle: Bundle;
  readonly kinds: StepKindTable;
  readonly connections: Connections;
}

/** Opens the engine of a step on its target. */
export type Opener<Step> = (step: Step, opening: Opening) => Promise<BoundStep>;

/** An opener for each kind of a table; null for those that are gates and nothing else. */
export type OpenerTable<Kinds extends StepKindTable> = {
  readonly [Kind in keyof Kinds & string]: Kinds[Kind]['gateOnly'] extends true
    ? null
    : Opener<Extract<Resolved<StepFileOf<Kinds>>, { kind: Kind }>>;
};

/** How each step kind gets its engine: the second half of its descriptor, which may know engines. */
export const STEP_OPENERS = {
  'kubernetes.adopt': onCluster(kubernetesAdoptEngine),
  'kubernetes.apply': async ({ target, with: spec }, { bundle, connections }) => {
    const api = await connections.cluster(target);
    const options = { inventory: connections.inventory(target), asksOverForeign: bundle.drift === 'refuse' };
    return bind(kubernetesApplyEngine(api, options), spec, () => api.close());
  },
  'kubernetes.prune': async ({ target, with: spec }, { bundle, kinds, connections }) => {
    const api = await connections.cluster(target);
    const options = { inventory: connections.inventory(target), declaredBy: declaredOn(target, bundle, kinds) };
    return bind(kubernetesPruneEngine(api, options), spec, () => api.close());
  },
  'kubernetes.scale': onCluster(kubernetesScaleEngine),
  'kubernetes.suspend': onCluster(kubernetesSuspendEngine),
  'kubernetes.secret': onCluster(kubernetesSecretEngine),
  'kubernetes.recreate': onCluster(kubernetesRecreateEngine),
  'network.flows': onCluster(networkFlowsEngine),
  'policy.reports': onCluster(policyReportsEngine),
  audit: async ({ target, with: spec }, { connections }) => {
    const api = await connections.cluster(target);
    return bind(auditEngine(auditFacts(api, connections)), spec, () => api.close());
  },
  'monitoring.verify': async ({ target, with: spec }, { connections }) => {
    const addressOf = async (name: string | undefined) => (name === undefined ? null : connections.address(name));
    try {
      const watchers = {
        metrics: await connections.address(target),
        evaluator: await addressOf(spec.evaluator),
        alertmanager: await addressOf(spec.alerting?.target),
        receiver: process.env['WINDLASS_ALERT_RECEIVER'],
      };
      return bind(monitoringVerifyEngine(watchers), spec);
    } catch (error) {
      const isUnset = error instanceof WindlassFailure && error.type === 'ReferenceUnresolved';
      if (!spec.optional || !isUnset) throw error;
      return bind(unobservedEngine(target, error), spec);
    }
  },
  'postgres.provision': async ({ target, with: spec }, { connections }) => {
    const engine = async (read: SecretReader) => postgresProvisionEngine(await connections.postgres(target), read);
    return withSecrets(connections, engine, spec);
  },
  'postgres.migrate': async ({ target, with: spec }, { connections }) =>
    bind(
      postgresMigrateEngine(await connections.postgres(target), {
        ...artifactSettings(process.env),
        admit: connections.admitDownload,
        limit: connections.artifactLimit,
      }),
      spec,
    ),
  'objectstore.bucket': async ({ target, with: spec }, { connections }) =>
    bind(objectstoreBucketEngine(await connections.s3(target)), spec),
  'dolphinscheduler.project': async ({ target, with: spec }, { connections }) =>
    bind(dolphinschedulerProjectEngine(await connections.address(target)), spec),
  'velero.location': async ({ target, with: spec }, { connections }) => {
    const store = await connections.s3(spec.objectStore);
    const api = await connections.cluster(target);
    return bind(veleroLocationEngine(api, store), spec, () => api.close());
  },
  'velero.schedule': onCluster(veleroScheduleEngine),
  'velero.backup': async ({ target, with: spec }, { connections }) => {
    const reader = bucketReader(await connections.s3(spec.objectStore));
    const api = await connections.cluster(target);
    const kinds = (signal: AbortSignal) => api.discovery.namespacedKinds(signal);
    const allKinds = (signal: AbortSignal) => api.discovery.keptKinds(signal);
    return bind(veleroBackupEngine({ api, reader, kinds, allKinds }), spec, () => api.close());
  },
  'velero.drill': async (step, { connections }) => {
    const tools = await drillTools(step, connections);
    return bind(veleroDrillEngine(tools), step.with, () => tools.api.close());
  },
  'velero.restore': async ({ target, with: spec }, { connections }) => {
    const reader = bucketReader(await connections.s3(spec.objectStore));
    const api = await connections.cluster(target);
    return bind(veleroRestoreEngine(api, reader), spec, () => api.close());
  },
  probe: ({ target, with: spec }, { connections }) => openProbe(target, spec, connections),
  load: async ({ target, with: spec }, { connections }) => {
    const { connection, bound } = await connections.loaded(target);
    return bind(loadEngine(connection, bound), spec);
  },
  'gitops.export': async ({ target, with: spec }, { bundle, connections }) => {
    const repository = await connections.repository(target);
    const api = await connections.cluster(spec.cluster);
    const source = exportSource(bundle, spec.cluster, api, connections.inventory(spec.cluster));
    return bind(gitopsExportEngine(repository, source), spec, () => api.close());
  },
  approval: null,
} as const satisfies OpenerTable<typeof STEP_KINDS>;

/** For engines that need a cluster, and where its inventories are kept. */
function onCluster<Spec>(
  engine: (api: KubernetesClient, options: { readonly inventory: InventoryHome }) => StepEngine<Spec>,
): Opener<{ readonly target: string; readonly with: Spec }> {
  return async ({ target, with: spec }, { connections }) => {
    const api = await connections.cluster(target);
    return bind(engine(api, { inventory: connections.inventory(target) }), spec, () => api.close());
  };
}

/** For engines whose values may be in Secrets of clusters, which are opened only where they are. */
async function withSecrets<Spec>(
  connections: Connections,
  engine: (read: SecretReader) => Promise<StepEngine<Spec>>,
  spec: Spec,
): Promise<BoundStep> {
  const secrets = new ClusterSecrets(connections);
  return bind(await engine(secrets.read), spec, () => secrets.close());
}

/** Opens the engine of a probe on its target. Throws as `openStep`. */
export async function openProbe(
  target: string,
  spec: StepOf<'probe'>['with'],
  connections: Connections,
): Promise<BoundStep> {
  switch (spec.protocol) {
    case 'http':
      return bind(httpProbeEngine(await connections.address(target)), spec);
    case 'tcp':
      return bind(tcpProbeEngine(await connections.address(target)), spec);
    case 'sql':
      return withSecrets(
        connections,
        async (secrets) => sqlProbeEngine(await connections.postgres(target), secrets),
        spec,
      );
    case 'promql':
      return bind(promqlProbeEngine(await connections.address(target)), spec);
    case 's3':
      return withSecrets(connections, async (secrets) => s3ProbeEngine(await connections.s3(target), secrets), spec);
    case 'kubernetes': {
      const api = await connections.cluster(target);
      return bind(kubernetesProbeEngine(api), spec, () => api.close());
    }
    case 'tls':
      return withSecrets(
        connections,
        async (secrets) => tlsProbeEngine(await connections.address(target), secrets),
        spec,
      );
    case 'dns':
      return bind(dnsProbeEngine(await connections.dns(target)), spec);
  }
}
