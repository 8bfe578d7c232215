import type { BucketReader } from '../../domain/bucket-reader.ts';
import type { KeptKind, KindOfNamespace, KubernetesApi } from '../../domain/kubernetes-api.ts';

/** What making a backup needs. */
export interface BackupTools {
  readonly api: KubernetesApi;
  readonly reader: BucketReader;
  /** Every kind of the cluster whose objects live in namespaces. */
  readonly kinds: (signal: AbortSignal) => Promise<readonly KindOfNamespace[]>;
  /** Every kind of the cluster, those in no namespace too. */
  readonly allKinds: (signal: AbortSignal) => Promise<readonly KeptKind[]>;
}
