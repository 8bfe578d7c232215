import { KubernetesClient } from './client.ts';
import { accessOf, type KubernetesConnection } from './connection.ts';
import { Transport, type ClientOptions } from './transport.ts';

/**
 * Opens a connection to a cluster. Nothing is sent before the first question; close it when done.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, `AccessDenied` when the kubeconfig or its credentials cannot be used.
 */
export async function openKubernetes(
  connection: KubernetesConnection,
  options: ClientOptions = {},
): Promise<KubernetesClient> {
  return new KubernetesClient(new Transport(await accessOf(connection), options));
}
