import { equalJson, isList, read, readText } from '../../domain/json-fields.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { accepted, type ClusterApi } from '../cluster-api.ts';
import { LOOPBACK } from '../ports.ts';

const MANAGER = 'windlass-lab';
/** There is no such Ingress any more. */
const GONE = 404;

/** The address that an Ingress is served at, as its status has it. */
export function addressAt(ports: { readonly http: number; readonly https: number }): JsonObject {
  const one = (port: number) => ({ port, protocol: 'TCP' });
  return { ip: LOOPBACK, ports: [one(ports.http), one(ports.https)] };
}

/**
 * Writes into the status of an Ingress where it is served, unless it says so already; takes the address away from one that is
 * served no more.
 *
 * @throws LabFailure when it is refused, but for an Ingress that is gone; what undici throws when nobody answers.
 */
export async function writeAddress(
  api: ClusterApi,
  ingress: Json,
  { address, isServed }: { readonly address: JsonObject; readonly isServed: boolean },
): Promise<void> {
  const now = read(ingress, 'status', 'loadBalancer', 'ingress') ?? null;
  const wanted = isServed ? [address] : null;
  if (equalJson(now, wanted)) return;
  // Somebody else's.
  if (!isServed && !isOurs(now)) return;
  const [namespace, name] = [readText(ingress, 'metadata', 'namespace'), readText(ingress, 'metadata', 'name')];
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace ?? ''}/ingresses/${name ?? ''}/status`;
  const answer = await api.send(`${path}?fieldManager=${MANAGER}`, {
    method: 'PATCH',
    kind: 'merge-patch+json',
    body: { status: { loadBalancer: { ingress: wanted } } },
  });
  if (answer.status !== GONE) accepted(answer, path);
}

function isOurs(now: Json): boolean {
  return isList(now) && now.length === 1 && readText(now[0], 'ip') === LOOPBACK;
}
