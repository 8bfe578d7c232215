import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readTexts } from '../../domain/json-fields.ts';
import { conditionOf, terminating, type Status } from './status.ts';

/** Conditions by which a namespace says what keeps it. */
const KEEPS_NAMESPACE = [
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
];

/** Whatever else an object on its way out says: it does not come back. Told with what holds it. */
export function terminatingStatus(object: KubernetesObject): Status {
  const finalizers = readTexts(object, 'metadata', 'finalizers');
  const kept = KEEPS_NAMESPACE.map((type) => conditionOf(object, type)).find(
    (condition) => condition?.status === 'True',
  );
  const why = [...(finalizers.length > 0 ? [`held by ${finalizers.join(', ')}`] : []), ...(kept ? [kept.message] : [])];
  return terminating(['it is being deleted', ...why].join(', '));
}
