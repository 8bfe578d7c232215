import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';

/** No object has such a name. */
const CHECKED = 'windlass-checks-without-defaults';

/**
 * A declaration as the server fills it in where no such object is, by a dry run; null when it refuses that.
 *
 * @throws `signal.reason` once it aborts; nothing else.
 */
export async function asCreated(
  declared: KubernetesObject,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<KubernetesObject | null> {
  const fresh = { ...declared, metadata: { ...declared.metadata, name: CHECKED } };
  try {
    return await api.apply(fresh, { dryRun: true, signal });
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
