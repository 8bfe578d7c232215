import type { KubernetesObject, KindRef } from '../../domain/kubernetes-api.ts';
import { RESTORE } from '../restore/judge.ts';
import { NEVER_RESTORED } from './left-out.ts';
import { drillLabels, drillName, type DrillKeys } from './names.ts';

const MODIFIERS: KindRef = { apiVersion: 'v1', kind: 'ConfigMap' };

/** Rules by which Velero changes what it restores, so that the copy does nothing: see its "resource modifiers". */
const RULES = {
  version: 'v1',
  resourceModifierRules: [
    ...['deployments.apps', 'statefulsets.apps'].map((groupResource) => ({
      conditions: { groupResource },
      mergePatches: [{ patchData: '{"spec":{"replicas":0}}' }],
    })),
    {
      conditions: { groupResource: 'daemonsets.apps' },
      mergePatches: [
        { patchData: '{"spec":{"template":{"spec":{"nodeSelector":{"windlass.dev/drill":"runs-nowhere"}}}}}' },
      ],
    },
    ...['LoadBalancer', 'NodePort'].map((value) => ({
      conditions: { groupResource: 'services', matches: [{ path: '/spec/type', value }] },
      mergePatches: [
        {
          patchData:
            '{"spec":{"type":"ClusterIP","externalTrafficPolicy":null,"allocateLoadBalancerNodePorts":null,"healthCheckNodePort":null}}',
        },
      ],
    })),
  ],
};

export function restoreRef(namespace: string, key: string) {
  return { ...RESTORE, namespace, name: drillName(key) };
}

export function modifiersRef(namespace: string, key: string) {
  return { ...MODIFIERS, namespace, name: drillName(key) };
}

export function modifiersObject(namespace: string, keys: DrillKeys): KubernetesObject {
  return {
    ...MODIFIERS,
    metadata: { name: drillName(keys.run), namespace, labels: drillLabels(keys) },
    // JSON is YAML too.
    data: { 'rules.yaml': JSON.stringify(RULES) },
  };
}

/** A restore into the scratch namespaces, of namespaced objects alone, without what could act on the world. */
export function restoreObject(
  namespace: string,
  keys: DrillKeys,
  backup: string,
  scratch: ReadonlyMap<string, string>,
): KubernetesObject {
  return {
    ...RESTORE,
    metadata: { name: drillName(keys.run), namespace, labels: drillLabels(keys) },
    spec: {
      backupName: backup,
      includedNamespaces: [...scratch.keys()],
      namespaceMapping: Object.fromEntries(scratch),
      excludedResources: Object.keys(NEVER_RESTORED),
      includeClusterResources: false,
      restorePVs: false,
      preserveNodePorts: false,
      resourceModifier: { kind: 'ConfigMap', name: drillName(keys.run) },
    },
  };
}
