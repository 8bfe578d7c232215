import { VELERO_NAMESPACE } from './definitions.ts';

/** What Velero's server is told in a lab, wherever it runs. */
export const SERVER_FLAGS: readonly string[] = [
  `--namespace=${VELERO_NAMESPACE}`,
  '--store-validation-frequency=5s',
  '--backup-sync-period=10s',
  '--client-qps=300',
  '--client-burst=600',
  // A restore whose volume is not bound is Finalizing for as long.
  '--resource-timeout=1m',
  // Of two at once the second would be queued, and the queue is looked at once a minute.
  '--concurrent-backups=8',
  '--log-format=json',
];
