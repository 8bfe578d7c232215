import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import { read, readList, readTexts } from '../../domain/json-fields.ts';
import { matchesLabels } from '../../domain/label-selector.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { judge } from '../status/judge.ts';
import { objectWords, reportedOf, type Reported } from './reported.ts';

const POLICY = { apiVersion: 'policies.kyverno.io/v1', kind: 'ValidatingPolicy' } as const;
const REPORTS = ['PolicyReport', 'ClusterPolicyReport'].map((kind) => ({
  apiVersion: 'wgpolicyk8s.io/v1alpha2',
  kind,
}));

/**
 * What the reports of the cluster tell of these policies now; null where one of them is not there, or not in effect.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function readReports(
  names: readonly string[],
  api: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly Reported[] | null> {
  const policies = await Promise.all(names.map((name) => policyNamed(name, api, signal)));
  const inEffect = policies.filter((policy) => policy !== null).filter((policy) => judge(policy).state === 'ready');
  if (inEffect.length < names.length) return null;
  const [namespaces, pods, ...reports] = await Promise.all([
    api.list({ apiVersion: 'v1', kind: 'Namespace' }, { signal }),
    api.list({ apiVersion: 'v1', kind: 'Pod' }, { signal }),
    ...REPORTS.map((kind) => api.list(kind, { signal })),
  ]);
  return inEffect.map((policy) => {
    const about = pods.filter((pod) => isAbout(policy, pod, namespaces));
    const objects = about.map(({ metadata: { name, namespace } }) => objectWords('Pod', namespace, name));
    return reportedOf(policy.metadata.name, objects, reports.flat());
  });
}

/** @throws WindlassFailure but for a kind that the cluster does not know: then there is no policy either. */
async function policyNamed(name: string, api: KubernetesClient, signal: AbortSignal): Promise<KubernetesObject | null> {
  try {
    return await api.get({ ...POLICY, name }, { signal });
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'UnknownKind') return null;
    throw error;
  }
}

/** Whether a policy is about a pod that is there, by its resources and selectors. Its conditions are Kyverno's to judge. */
function isAbout(policy: KubernetesObject, pod: KubernetesObject, namespaces: readonly KubernetesObject[]): boolean {
  const constraints = read(policy, 'spec', 'matchConstraints');
  const ofPods = readList(constraints, 'resourceRules').some(
    (rule) => readTexts(rule, 'apiGroups').includes('') && readTexts(rule, 'resources').includes('pods'),
  );
  const namespace = namespaces.find(({ metadata }) => metadata.name === pod.metadata.namespace);
  return (
    ofPods && fits(read(constraints, 'namespaceSelector'), namespace) && fits(read(constraints, 'objectSelector'), pod)
  );
}

function fits(selector: Json | undefined, object: KubernetesObject | undefined): boolean {
  return selector === undefined || matchesLabels(selector, object?.metadata.labels ?? {});
}
