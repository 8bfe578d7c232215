import type { JsonObject } from '../../../domain/json.ts';
import { inspectorContainer } from './inspector.ts';

/** The init container that Velero puts first into a pod whose volumes it restores; it ends when they are filled. */
const WAITS = { path: '/spec/initContainers/0/name', value: 'restore-wait' };
const PODS = 'pods';
/** Where that container is kept for a moment. */
const ASIDE = '/spec/windlassAside';

/** What the node agent needs of a pod is that it has the volumes mounted; all else would act on the world. */
function nothingBut(image: string): JsonObject {
  const gone = [
    ...[
      'activeDeadlineSeconds',
      'dnsConfig',
      'ephemeralContainers',
      'hostAliases',
      'hostIPC',
      'hostNetwork',
      'hostPID',
    ],
    ...['hostUsers', 'hostname', 'initContainers', 'overhead', 'preemptionPolicy', 'priority', 'priorityClassName'],
    ...['readinessGates', 'resourceClaims', 'resources', 'runtimeClassName', 'securityContext', 'serviceAccount'],
    ...['setHostnameAsFQDN', 'shareProcessNamespace', 'subdomain', 'topologySpreadConstraints'],
  ];
  return {
    // No workload adopts it, no service finds it, no hook of Velero's runs in it.
    metadata: { labels: null, annotations: null, finalizers: null, ownerReferences: null },
    spec: {
      ...Object.fromEntries(gone.map((field) => [field, null])),
      affinity: { podAffinity: null, podAntiAffinity: null },
      serviceAccountName: 'default',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      // A pod without such volumes never starts.
      schedulingGates: [{ name: 'windlass.dev/drill' }],
      // Lists nothing, and ends.
      containers: [inspectorContainer(image, ['list'])],
    },
  };
}

/** By this a claim gets a volume of its own, never that of the original. */
export const FRESH_VOLUMES: JsonObject = {
  conditions: { groupResource: 'persistentvolumeclaims' },
  mergePatches: [{ patchData: JSON.stringify({ spec: { volumeName: null } }) }],
};

/**
 * Rules by which Velero changes the pods that it restores, so that they do nothing but have their volumes mounted while
 * those are filled. Velero looks at the conditions of all rules before it applies any.
 */
export function fillingRules(image: string): readonly JsonObject[] {
  return [
    {
      conditions: { groupResource: PODS, matches: [WAITS] },
      patches: [{ operation: 'move', from: '/spec/initContainers/0', path: ASIDE }],
    },
    {
      conditions: { groupResource: PODS },
      mergePatches: [{ patchData: JSON.stringify(nothingBut(image)) }],
    },
    {
      conditions: { groupResource: PODS, matches: [WAITS] },
      patches: [
        { operation: 'add', path: '/spec/initContainers', value: '[]' },
        { operation: 'move', from: ASIDE, path: '/spec/initContainers/0' },
        { operation: 'remove', path: '/spec/schedulingGates' },
      ],
    },
  ];
}
