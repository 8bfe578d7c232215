import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isObject, read, readObject } from '../../domain/json-fields.ts';
import { hasLabels, matchesLabels } from '../../domain/label-selector.ts';

/** The pods of a namespace, so kept that those of one workload among very many are found without looking at all. */
export class PodsByLabel {
  readonly #all: readonly KubernetesObject[];
  readonly #byLabel = new Map<string, KubernetesObject[]>();

  constructor(pods: readonly KubernetesObject[]) {
    this.#all = pods;
    for (const pod of pods)
      for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
        const same = this.#byLabel.get(`${key}=${value}`);
        if (same) same.push(pod);
        else this.#byLabel.set(`${key}=${value}`, [pod]);
      }
  }

  of(workload: KubernetesObject): readonly KubernetesObject[] {
    const [label] = Object.entries(readObject(workload, 'spec', 'selector', 'matchLabels'));
    const candidates =
      label === undefined
        ? this.#all
        : this.#byLabel.get(`${label[0]}=${typeof label[1] === 'string' ? label[1] : ''}`);
    return candidates?.filter((pod) => selectsPod(workload, pod)) ?? [];
  }
}

/** Whether a pod of the same namespace is one of a workload's, by the workload's own selector. */
export function selectsPod(workload: KubernetesObject, pod: KubernetesObject): boolean {
  if (workload.kind === 'Pod') return pod.metadata.uid === workload.metadata.uid;
  const selector = read(workload, 'spec', 'selector');
  if (!isObject(selector)) return false;
  const labels = pod.metadata.labels ?? {};
  // A ReplicationController's selector is the labels themselves.
  return workload.kind === 'ReplicationController' ? hasLabels(selector, labels) : matchesLabels(selector, labels);
}
