export const SERVER_NAMES = [
  'temporal',
  'postgres',
  'minio',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'pod-inputs',
  'velero',
] as const;

/** Those that a lab has only when asked for, by what they add. */
export const ADDITION_SERVER_NAMES = {
  node: ['node-gateway', 'containerd', 'kubelet', 'velero-pods'],
  dolphinscheduler: ['dolphinscheduler'],
  ingress: ['nginx', 'ingress-renderer'],
  monitoring: ['node-exporter', 'postgres-exporter', 'alertmanager', 'victoria-metrics', 'vmalert', 'rule-keeper'],
  logging: ['victoria-logs', 'vlagent'],
  policies: ['kyverno', 'kyverno-reports'],
  certificates: ['cert-manager'],
  seaweedfs: ['seaweedfs'],
} as const;

export type Addition = keyof typeof ADDITION_SERVER_NAMES;

export const ADDITIONS = Object.keys(ADDITION_SERVER_NAMES) as Addition[];

export type ServerName = (typeof SERVER_NAMES)[number] | (typeof ADDITION_SERVER_NAMES)[Addition][number];
