import type { KindOfNamespace, KubernetesApi } from '../../domain/kubernetes-api.ts';
import { textAt, textsAt } from '../values.ts';
import { DENY_ALL } from './isolation.ts';
import { actingKinds } from './left-out.ts';

const SERVICE = { apiVersion: 'v1', kind: 'Service' };
const OPEN_TYPES = new Set(['LoadBalancer', 'NodePort']);

/**
 * What is in the namespaces of a drill and could act on the world, in words: it was to be left out, and came all the same.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function escaped(
  api: Pick<KubernetesApi, 'list'>,
  kinds: readonly KindOfNamespace[],
  scratch: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const asked = [...scratch].map(async ([original, namespace]) => {
    const acting = actingKinds(kinds).map(async ({ apiVersion, kind, how }) =>
      (await api.list({ apiVersion, kind }, { namespace, signal }))
        .filter(({ metadata }) => metadata.name !== DENY_ALL)
        .map(({ metadata }) => `${kind} ${original}/${metadata.name} was restored, and ${how}`),
    );
    const services = (await api.list(SERVICE, { namespace, signal })).flatMap(({ metadata, spec }) => {
      const type = textAt(spec, 'type') ?? '';
      const service = `Service ${original}/${metadata.name} was restored`;
      return [
        ...(OPEN_TYPES.has(type) ? [`${service} as a ${type}`] : []),
        ...(textsAt(spec, 'externalIPs').length > 0 ? [`${service} with external addresses`] : []),
      ];
    });
    return [...(await Promise.all(acting)).flat(), ...services];
  });
  return (await Promise.all(asked)).flat();
}
