import type { KubernetesObject } from './kubernetes-api.ts';

/** A Secret that the rollout makes: nothing of its values. */
export interface SecretPlaceholder {
  readonly namespace: string;
  readonly name: string;
  /** Where the value of each key comes from, in words: `variable PROD_PASSWORD`, `generated`. */
  readonly keys: Readonly<Record<string, string>>;
}

/** All that a rollout has put on a cluster, as far as a repository may hold it. */
export interface ClusterExport {
  /** In the order in which they can be applied. */
  readonly objects: readonly KubernetesObject[];
  readonly secrets: readonly SecretPlaceholder[];
  /** Steps of whose work nothing stands in the repository: `databases/databases (postgres.provision)`. */
  readonly others: readonly string[];
}
