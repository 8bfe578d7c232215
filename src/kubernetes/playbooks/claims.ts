import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readList, readText } from '../../domain/json-fields.ts';

const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' } as const;

/** Names of the claim templates of a StatefulSet. */
export function templateNames(statefulSet: KubernetesObject | null): readonly string[] {
  return readList(statefulSet ?? undefined, 'spec', 'volumeClaimTemplates').flatMap(
    (template) => readText(template, 'metadata', 'name') ?? [],
  );
}

/**
 * The claims that a StatefulSet has made from its templates: TEMPLATE-NAME-ORDINAL, which is all that ties them to it.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function claimsOf(
  name: string,
  namespace: string,
  templates: readonly string[],
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<readonly { readonly template: string; readonly claim: KubernetesObject }[]> {
  if (templates.length === 0) return [];
  const all = await api.list(CLAIM, { namespace, signal });
  return all.flatMap((claim) => {
    const template = [...new Set(templates)].find((one) => isOrdinal(claim.metadata.name, `${one}-${name}-`));
    return template === undefined ? [] : [{ template, claim }];
  });
}

function isOrdinal(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));
}

/**
 * What becomes of the data behind a claim when the claim goes.
 *
 * @throws WindlassFailure as `KubernetesApi.get` does, but for `AccessDenied`, which the words tell.
 */
export async function fateOf(claim: KubernetesObject, api: KubernetesApi, signal: AbortSignal): Promise<string> {
  const name = readText(claim, 'spec', 'volumeName') ?? '';
  if (name === '') return 'it is not bound to a volume';
  const volume = await allowed(api.get({ apiVersion: 'v1', kind: 'PersistentVolume', name }, { signal }));
  if (volume === undefined) return `what becomes of its volume ${name} cannot be told: volumes may not be read`;
  const policy = readText(volume ?? undefined, 'spec', 'persistentVolumeReclaimPolicy') ?? 'Delete';
  return policy === 'Retain'
    ? `its volume ${name} is kept with its data, but no claim finds it by itself (reclaim policy Retain)`
    : `its volume ${name} and all data on it are deleted (reclaim policy ${policy})`;
}

/** What was read, or undefined where it may not be. @throws what `reading` throws, but for `AccessDenied`. */
export async function allowed<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'AccessDenied') return undefined;
    throw error;
  }
}
