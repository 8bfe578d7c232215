import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';

/** Small objects as API servers give them, for tests. Their uid is their name. */

export function deployment(name: string, available: number, replicas: number, revision = '1'): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'data',
      uid: name,
      generation: 1,
      annotations: { 'deployment.kubernetes.io/revision': revision },
    },
    spec: { replicas },
    status: {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: available,
      availableReplicas: available,
    },
  };
}

export function replicaSet(name: string, owner: string, revision: string): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'data',
      uid: name,
      annotations: { 'deployment.kubernetes.io/revision': revision },
      ownerReferences: [{ kind: 'Deployment', name: owner, uid: owner }],
    },
  };
}

/** A pod with one container, in the state given. */
export function pod(name: string, owner: string, container: JsonObject, meta: JsonObject = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'data', uid: name, ownerReferences: [{ uid: owner }], ...meta },
    status: { phase: 'Pending', containerStatuses: [{ name: 'main', ready: false, restartCount: 0, ...container }] },
  };
}
