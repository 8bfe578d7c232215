import type { KindOfNamespace } from '../../domain/kubernetes-api.ts';

/** Resources of which a restored one could act on the world or open the isolation, and how. */
const WOULD_ACT: Readonly<Record<string, string>> = {
  'ingresses.networking.k8s.io': 'would take traffic from the original',
  'httproutes.gateway.networking.k8s.io': 'would take traffic from the original',
  'gateways.gateway.networking.k8s.io': 'would take traffic from the original',
  'cronjobs.batch': 'would do the work of the original a second time',
  'jobs.batch': 'would do the work of the original a second time',
  'networkpolicies.networking.k8s.io': 'would open the isolation',
  'certificates.cert-manager.io': 'would order certificates a second time',
  'certificaterequests.cert-manager.io': 'would order certificates a second time',
  'schedules.velero.io': 'would make backups of its own',
  pods: 'would run beside the original',
};

/** Resources that a drill never restores, and why: those, and what the cluster makes by itself. */
export const NEVER_RESTORED: Readonly<Record<string, string>> = {
  ...WOULD_ACT,
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

/** What could act on the world, all the same: in the namespaces of a drill there must be none of it. */
export function actingKinds(
  kinds: readonly KindOfNamespace[],
): readonly (KindOfNamespace & { readonly how: string })[] {
  return kinds.flatMap((kind) => {
    const how = Object.hasOwn(WOULD_ACT, kind.resource) ? WOULD_ACT[kind.resource] : undefined;
    return how === undefined ? [] : [{ ...kind, how }];
  });
}
