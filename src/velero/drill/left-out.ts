import type { KindOfNamespace } from '../../domain/kubernetes-api.ts';

/**
 * Resources that a drill never restores, and why. A restored one could act on the world (a second ingress for the same
 * host, a second job over the same data), open the isolation, or is made by the cluster itself.
 */
export const NEVER_RESTORED: Readonly<Record<string, string>> = {
  'ingresses.networking.k8s.io': 'would take traffic from the original',
  'httproutes.gateway.networking.k8s.io': 'would take traffic from the original',
  'gateways.gateway.networking.k8s.io': 'would take traffic from the original',
  'cronjobs.batch': 'would do the work of the original a second time',
  'jobs.batch': 'would do the work of the original a second time',
  'networkpolicies.networking.k8s.io': 'would open the isolation',
  'certificates.cert-manager.io': 'would order certificates a second time',
  'certificaterequests.cert-manager.io': 'would order certificates a second time',
  'schedules.velero.io': 'would make backups of its own',
  pods: 'made by their controllers',
  'replicasets.apps': 'made by their Deployments',
  'controllerrevisions.apps': 'made by their controllers',
  endpoints: 'made by their Services',
  'endpointslices.discovery.k8s.io': 'made by their Services',
  events: 'tell of what has passed',
  'events.events.k8s.io': 'tell of what has passed',
  'leases.coordination.k8s.io': 'belong to processes that run',
};

/** Never in a restore anyway: Velero leaves them out of its own accord. */
const NOT_BACKED_UP = new Set(['pods.metrics.k8s.io', 'backups.velero.io', 'restores.velero.io']);

/** The kinds that a drill compares: all that a server has but those left out. */
export function comparedKinds(kinds: readonly KindOfNamespace[]): readonly KindOfNamespace[] {
  return kinds.filter(({ resource }) => !Object.hasOwn(NEVER_RESTORED, resource) && !NOT_BACKED_UP.has(resource));
}
