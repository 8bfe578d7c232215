import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readText } from '../../domain/json-fields.ts';
import { ownerUids } from '../identity.ts';

type ByUid = Map<string, KubernetesObject>;

/** Pods and ReplicaSets, found by who owns them; kept current one object at a time. */
export class Owned {
  readonly #all = new Map<string, KubernetesObject>();
  readonly #podsByOwner = new Map<string, ByUid>();
  readonly #setsByOwner = new Map<string, ByUid>();

  put(object: KubernetesObject): void {
    const uid = uidOf(object);
    this.remove(uid);
    this.#all.set(uid, object);
    const byOwner = this.#byOwner(object);
    for (const owner of ownerUids(object)) {
      const siblings = byOwner.get(owner);
      if (siblings) siblings.set(uid, object);
      else byOwner.set(owner, new Map([[uid, object]]));
    }
  }

  remove(uid: string): void {
    const known = this.#all.get(uid);
    if (known === undefined) return;
    this.#all.delete(uid);
    const byOwner = this.#byOwner(known);
    for (const owner of ownerUids(known)) {
      const siblings = byOwner.get(owner);
      siblings?.delete(uid);
      if (siblings?.size === 0) byOwner.delete(owner);
    }
  }

  /**
   * The pods that a workload's latest revision stands on. Pods of an older revision may be broken, and be the very
   * reason for the change: they are no verdict on it. (A StatefulSet that rolls in order does not go past a broken old
   * pod, so there all of them count.)
   */
  currentPods(workload: KubernetesObject): readonly KubernetesObject[] {
    const { kind, metadata } = workload;
    const uid = metadata.uid ?? '';
    const owned = (): KubernetesObject[] => [...(this.#podsByOwner.get(uid)?.values() ?? [])];
    switch (kind) {
      case 'Pod': {
        const pod = this.#all.get(uid);
        return pod === undefined ? [] : [pod];
      }
      case 'Deployment':
        return this.currentSets(workload).flatMap((set) => [...(this.#podsByOwner.get(uidOf(set))?.values() ?? [])]);
      case 'StatefulSet': {
        if (readText(workload, 'spec', 'podManagementPolicy') !== 'Parallel') return owned();
        const revision = readText(workload, 'status', 'updateRevision');
        return owned().filter((pod) => pod.metadata.labels?.['controller-revision-hash'] === revision);
      }
      case 'DaemonSet': {
        const generation = metadata.annotations?.['deprecated.daemonset.template.generation'];
        return owned().filter((pod) => pod.metadata.labels?.['pod-template-generation'] === generation);
      }
      default:
        return owned();
    }
  }

  /** The ReplicaSet of a Deployment's latest revision. */
  currentSets(workload: KubernetesObject): readonly KubernetesObject[] {
    const sets = [...(this.#setsByOwner.get(workload.metadata.uid ?? '')?.values() ?? [])];
    return sets.filter((set) => revisionOf(set) === revisionOf(workload));
  }

  #byOwner(object: KubernetesObject): Map<string, ByUid> {
    return object.kind === 'ReplicaSet' ? this.#setsByOwner : this.#podsByOwner;
  }
}

export function uidOf(object: KubernetesObject): string {
  return object.metadata.uid ?? object.metadata.name;
}

function revisionOf(object: KubernetesObject): string | undefined {
  return object.metadata.annotations?.['deployment.kubernetes.io/revision'];
}
