/** Who emits metrics of a family, by how their names begin; the longest beginning counts. */
const EXPORTERS: Readonly<Record<string, string>> = {
  ALERTS: 'vmalert or Prometheus, of the alerts that it evaluates',
  alertmanager_: 'Alertmanager itself',
  apiserver_: 'the Kubernetes API server',
  certmanager_: 'cert-manager',
  cloudflared_: 'the tunnel (cloudflared)',
  container_: 'cAdvisor in the kubelet',
  coredns_: 'CoreDNS',
  ds_: 'DolphinScheduler (actuator/prometheus)',
  etcd_: 'etcd',
  fluentbit_: 'Fluent Bit',
  grafana_: 'Grafana itself',
  hikaricp_: 'a JVM service (Micrometer), such as DolphinScheduler',
  jvm_: 'a JVM service, such as DolphinScheduler or Trino',
  kube_: 'kube-state-metrics',
  kubelet_: 'the kubelet',
  kyverno_: 'Kyverno',
  loki_: 'Loki itself',
  minio_: 'MinIO',
  nginx_: 'the nginx controller',
  nginx_ingress_: 'the nginx ingress controller',
  node_: 'the node exporter',
  pg_: 'the PostgreSQL exporter',
  postgres_exporter_: 'the PostgreSQL exporter',
  prometheus_: 'Prometheus itself',
  scheduler_: 'the Kubernetes scheduler',
  scrape_: 'whoever scrapes, of each target',
  temporal_: 'workers and clients of Temporal',
  trino_: 'Trino, by its JMX exporter',
  up: 'whoever scrapes, of each target',
  velero_: 'Velero',
  vl_: 'VictoriaLogs',
  vlagent_: 'vlagent',
  vm_: 'VictoriaMetrics',
  vmagent_: 'vmagent',
  vmalert_: 'vmalert',
  windlass_: "Windlass's worker",
  workqueue_: 'controllers of Kubernetes',
};

/** Who should emit a metric, as far as its name tells. */
export function exporterOf(metric: string): string | null {
  const begins = Object.keys(EXPORTERS).filter((prefix) => metric.startsWith(prefix));
  const [longest] = begins.toSorted((a, b) => b.length - a.length);
  return longest === undefined ? null : (EXPORTERS[longest] ?? null);
}

/** How the names of a metric's family begin: `pg_stat_database_` of `pg_stat_database_numbackends`, first the longest. */
export function familiesOf(metric: string): readonly string[] {
  const parts = metric.split('_');
  return parts.slice(0, -1).map((_part, at) => `${parts.slice(0, parts.length - 1 - at).join('_')}_`);
}
