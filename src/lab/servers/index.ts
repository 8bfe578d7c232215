import { alertmanager } from './alertmanager.ts';
import { certManager } from './cert-manager.ts';
import { containerd } from './containerd.ts';
import type { Addition, ServerName } from './names.ts';
import type { ServerDefinition } from './definition.ts';
import { dolphinscheduler } from './dolphinscheduler.ts';
import { etcd } from './etcd.ts';
import { ingressRenderer } from './ingress-renderer.ts';
import { kubeApiserver } from './kube-apiserver.ts';
import { kubeControllerManager } from './kube-controller-manager.ts';
import { kubeScheduler } from './kube-scheduler.ts';
import { kubelet } from './kubelet.ts';
import { kwok } from './kwok.ts';
import { kyvernoReports } from './kyverno-reports.ts';
import { kyverno } from './kyverno.ts';
import { minio } from './minio.ts';
import { nginx } from './nginx.ts';
import { nodeExporter } from './node-exporter.ts';
import { nodeGateway } from './node-gateway.ts';
import { podInputs } from './pod-inputs.ts';
import { postgresExporter } from './postgres-exporter.ts';
import { postgres } from './postgres.ts';
import { ruleKeeper } from './rule-keeper.ts';
import { seaweedfs } from './seaweedfs.ts';
import { temporal } from './temporal.ts';
import { velero } from './velero.ts';
import { veleroPods } from './velero-pods.ts';
import { victoriaLogs } from './victoria-logs.ts';
import { victoriaMetrics } from './victoria-metrics.ts';
import { vlagent } from './vlagent.ts';
import { vmalert } from './vmalert.ts';

/** The servers that every lab has, those that others need first. */
const SERVERS: readonly ServerDefinition[] = [
  temporal,
  postgres,
  minio,
  etcd,
  kubeApiserver,
  kubeControllerManager,
  kubeScheduler,
  kwok,
  podInputs,
  velero,
];

const ADDED: Readonly<Record<Addition, readonly ServerDefinition[]>> = {
  seaweedfs: [seaweedfs],
  node: [nodeGateway, containerd, kubelet, veleroPods],
  dolphinscheduler: [dolphinscheduler],
  ingress: [nginx, ingressRenderer],
  monitoring: [nodeExporter, postgresExporter, alertmanager, victoriaMetrics, vmalert, ruleKeeper],
  logging: [victoriaLogs, vlagent],
  policies: [kyverno, kyvernoReports],
  certificates: [certManager],
};
/** What an addition takes the place of. */
const REPLACED: Readonly<Partial<Record<Addition, readonly ServerName[]>>> = { node: ['velero'], seaweedfs: ['minio'] };

/** Every server that a lab can have, those that others need first. */
export const ALL_SERVERS: readonly ServerDefinition[] = [...SERVERS, ...Object.values(ADDED).flat()];

/** The servers of a lab with these additions, those that others need first. */
export function serversWith(additions: Iterable<Addition>): readonly ServerDefinition[] {
  const added = [...new Set(additions)];
  const replaced = new Set(added.flatMap((addition) => REPLACED[addition] ?? []));
  return [...SERVERS.filter(({ name }) => !replaced.has(name)), ...added.flatMap((addition) => ADDED[addition])];
}

export function serverNamed(name: ServerName): ServerDefinition {
  const found = ALL_SERVERS.find((server) => server.name === name);
  if (found === undefined) throw new Error(`no definition of the server ${name}`);
  return found;
}
