import type { JsonObject } from '../../domain/json.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KubernetesObject, KindRef } from '../../domain/kubernetes-api.ts';
import { RESTORE } from '../restore/judge.ts';
import { NEVER_RESTORED } from './left-out.ts';
import { harmlessServices } from './harmless-services.ts';
import { drillLabels, drillName, type DrillKeys } from './names.ts';
import { provenBy } from './volumes/proven-by.ts';
import { fillingRules, FRESH_VOLUMES } from './volumes/rules.ts';

const MODIFIERS: KindRef = { apiVersion: 'v1', kind: 'ConfigMap' };

/** Rules by which Velero changes what it restores, so that the copy does nothing: see its "resource modifiers". */
const RULES: readonly JsonObject[] = [
  // Whoever would take its finalizer away looks after the original: the copy could never go.
  merged('**', { metadata: { finalizers: null } }),
  ...['deployments.apps', 'statefulsets.apps', 'replicationcontrollers'].map((groupResource) =>
    merged(groupResource, { spec: { replicas: 0 } }),
  ),
  merged('daemonsets.apps', {
    spec: { template: { spec: { nodeSelector: { 'windlass.dev/drill': 'runs-nowhere' } } } },
  }),
];

function merged(groupResource: string, fields: JsonObject): JsonObject {
  return { conditions: { groupResource }, mergePatches: [{ patchData: JSON.stringify(fields) }] };
}

export function restoreRef(namespace: string, key: string) {
  return { ...RESTORE, namespace, name: drillName(key) };
}

export function modifiersRef(namespace: string, key: string) {
  return { ...MODIFIERS, namespace, name: drillName(key) };
}

/** @param ports the most that one Service has. */
export function modifiersObject(spec: VeleroDrillSpec, keys: DrillKeys, ports: number): KubernetesObject {
  const { namespace } = spec;
  return {
    ...MODIFIERS,
    metadata: { name: drillName(keys.run), namespace, labels: drillLabels(keys) },
    // JSON is YAML too.
    data: { 'rules.yaml': JSON.stringify({ version: 'v1', resourceModifierRules: rulesOf(spec, ports) }) },
  };
}

function rulesOf(spec: VeleroDrillSpec, ports: number): readonly JsonObject[] {
  const inspector = provenBy(spec);
  return [
    ...RULES,
    ...harmlessServices(ports),
    // Velero waits for the claims of what its node agents backed up to be bound.
    ...(spec.volumes === 'file-system' ? [FRESH_VOLUMES] : []),
    ...(inspector === null ? [] : fillingRules(inspector)),
  ];
}

/**
 * A restore into the scratch namespaces, of namespaced objects alone, without what could act on the world. Where volumes
 * are to be filled it has pods, which the rules let do nothing else.
 */
export function restoreObject(
  spec: VeleroDrillSpec,
  keys: DrillKeys,
  backup: string,
  scratch: ReadonlyMap<string, string>,
): KubernetesObject {
  const filled = provenBy(spec) !== null;
  return {
    ...RESTORE,
    metadata: { name: drillName(keys.run), namespace: spec.namespace, labels: drillLabels(keys) },
    spec: {
      backupName: backup,
      includedNamespaces: [...scratch.keys()],
      namespaceMapping: Object.fromEntries(scratch),
      excludedResources: Object.keys(NEVER_RESTORED).filter((resource) => !(filled && resource === 'pods')),
      includeClusterResources: false,
      restorePVs: false,
      preserveNodePorts: false,
      resourceModifier: { kind: 'ConfigMap', name: drillName(keys.run) },
    },
  };
}
