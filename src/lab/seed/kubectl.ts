import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { groupOf } from '../../domain/kubernetes-api.ts';

/** What kubectl would send, and under which name, so that an object looks as it does after kubectl. */

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export const MANAGERS = {
  apply: 'kubectl-client-side-apply',
  create: 'kubectl-create',
  edit: 'kubectl-edit',
} as const;

/** The object as `kubectl apply` first makes it: with its whole configuration, without that annotation, in an annotation. */
export function asApplied(object: KubernetesObject): KubernetesObject {
  const { metadata } = object;
  const configuration = { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations } } };
  const annotations = { ...metadata.annotations, [LAST_APPLIED]: `${forHtml(canonicalJson(configuration))}\n` };
  return { ...object, metadata: { ...metadata, annotations } };
}

/** As Go writes JSON unless it is told otherwise, and kubectl is not. */
function forHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** An edit, as kubectl sends it: kinds of definitions know no strategic merge. */
export function editOf(part: KubernetesObject): {
  readonly kind: 'strategic-merge-patch+json' | 'merge-patch+json';
  readonly body: JsonObject;
} {
  const group = groupOf(part.apiVersion);
  const builtIn = !group.includes('.') || group.endsWith('.k8s.io');
  return { kind: builtIn ? 'strategic-merge-patch+json' : 'merge-patch+json', body: part };
}
