import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { matchesExpression } from '../../domain/label-selector.ts';
import { read, readList, readObject, readText } from '../../domain/json-fields.ts';
import { conditionOf } from '../status/status.ts';

/** Whether a node takes any new pod: ready, and not cordoned. */
export function isOpen(node: KubernetesObject): boolean {
  return (
    node.metadata.deletionTimestamp === undefined &&
    read(node, 'spec', 'unschedulable') !== true &&
    conditionOf(node, 'Ready')?.status === 'True'
  );
}

/** Whether a node would take pods of this spec: its taints, and the node selector, name and affinity of the pods. */
export function takes(node: KubernetesObject, spec: JsonObject): boolean {
  const labels = node.metadata.labels ?? {};
  const name = readText(spec, 'nodeName');
  return (
    (name === undefined || name === node.metadata.name) &&
    Object.entries(readObject(spec, 'nodeSelector')).every(([key, value]) => labels[key] === value) &&
    matchesAffinity(node, spec) &&
    readList(node, 'spec', 'taints').every((taint) => isTolerated(taint, readList(spec, 'tolerations')))
  );
}

/** Terms are alternatives; within a term everything must match. */
function matchesAffinity(node: KubernetesObject, spec: JsonObject): boolean {
  const required = read(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  if (required === undefined) return true;
  const names = { 'metadata.name': node.metadata.name };
  return readList(required, 'nodeSelectorTerms').some((term) => {
    const labels = readList(term, 'matchExpressions');
    const fields = readList(term, 'matchFields');
    return (
      labels.length + fields.length > 0 &&
      labels.every((expression) => matchesExpression(expression, node.metadata.labels ?? {})) &&
      fields.every((expression) => matchesExpression(expression, names))
    );
  });
}

function isTolerated(taint: Json, tolerations: readonly Json[]): boolean {
  const effect = readText(taint, 'effect');
  if (effect === 'PreferNoSchedule') return true;
  return tolerations.some((toleration) => {
    const key = readText(toleration, 'key') ?? '';
    const forEffect = readText(toleration, 'effect') ?? '';
    if (forEffect !== '' && forEffect !== effect) return false;
    if (readText(toleration, 'operator') === 'Exists') return key === '' || key === readText(taint, 'key');
    return key === readText(taint, 'key') && (readText(toleration, 'value') ?? '') === (readText(taint, 'value') ?? '');
  });
}

/** What of a pod's spec decides about nodes and is not looked at here, in words. */
export function unconsidered(spec: JsonObject): readonly string[] {
  const rules: readonly (readonly [present: boolean, words: string])[] = [
    [read(spec, 'affinity', 'podAffinity') !== undefined, 'pod affinity'],
    [read(spec, 'affinity', 'podAntiAffinity') !== undefined, 'pod anti-affinity'],
    [readList(spec, 'topologySpreadConstraints').length > 0, 'topology spread constraints'],
    [readList(spec, 'resourceClaims').length > 0, 'claimed devices'],
    [
      readList(spec, 'volumes').some((volume) => read(volume, 'persistentVolumeClaim') !== undefined),
      'where volumes can be attached',
    ],
    [
      readList(spec, 'containers').some((c) =>
        readList(c, 'ports').some((port) => read(port, 'hostPort') !== undefined),
      ),
      'ports of the node',
    ],
  ];
  return rules.flatMap(([present, words]) => (present ? [words] : []));
}
