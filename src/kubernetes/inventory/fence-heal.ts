import type { KubernetesClient } from '../client/client.ts';
import { fenceRef, seenToken, TOKEN } from './fence-guard.ts';
import { writeOwn } from './write.ts';

/**
 * Lets a cluster remember another token of a lock where the one that it has seen keeps off whoever is granted it.
 *
 * @param of.instead what to remember instead; null where the token keeps nobody off.
 * @param of.write whether it is written down; otherwise it is only looked at.
 * @returns null where nothing is wrong.
 * @throws WindlassFailure as `writeOwn` does.
 */
export async function healKubernetesFence(
  api: KubernetesClient,
  of: {
    readonly lock: string;
    readonly namespace: string;
    readonly instead: (seen: number) => number | null;
    readonly write: boolean;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly where: string; readonly seen: number; readonly now: number } | null> {
  const ref = fenceRef(of, of.namespace);
  const found: { seen: number; now: number }[] = [];
  // Over the version that was looked at: whoever is granted the lock meanwhile is not overwritten.
  await writeOwn(ref, api, of.signal, (object) => {
    const seen = seenToken(object);
    const now = of.instead(seen);
    found.splice(0, 1, ...(now === null ? [] : [{ seen, now }]));
    return now === null || !of.write ? null : { metadata: { annotations: { [TOKEN]: String(now) } } };
  });
  const [healed] = found;
  return healed === undefined ? null : { where: `ConfigMap ${of.namespace}/${ref.name}`, ...healed };
}
