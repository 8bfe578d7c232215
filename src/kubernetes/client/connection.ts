import { KubeConfig, type Cluster } from '@kubernetes/client-node';
import { WindlassFailure } from '../../domain/failure.ts';
import { addressOfUrl } from '../../domain/server-url.ts';
import { RenewedCredentials, type Credentials } from './credentials.ts';
import { namedFileProblem } from './named-files.ts';
import { completeUser } from './user.ts';

/** Where a cluster is and who we are there, resolved: no references any more. */
export interface KubernetesConnection {
  /** Content of a kubeconfig; absent means the service account of the pod that we run in. */
  readonly kubeconfig?: string;
  /** Context of the kubeconfig; absent means its current one. */
  readonly context?: string;
}

/** What the transport needs of a connection. */
export interface Access {
  readonly origin: string;
  /** Path under which the API lives, without a slash at its end; empty for most. */
  readonly basePath: string;
  /** `host:port`, the only part of the address that errors show. */
  readonly address: string;
  /** Credentials of now; others than those that the server has `refused` with 401, if there are any. */
  credentials(refused?: Credentials): Promise<Credentials>;
}

/**
 * Reads a connection. Only kubeconfig and credentials are left to `@kubernetes/client-node`.
 *
 * @param root directory before the paths of a pod's service account, for tests.
 * @throws WindlassFailure `ReferenceUnresolved` when the kubeconfig says too little; `AccessDenied` when the credentials
 * plugin fails. Neither carries the library's own error: those quote the file and the plugin's output.
 */
export async function accessOf(connection: KubernetesConnection, root = ''): Promise<Access> {
  const { url } = serverOf(load(connection, root));
  const credentials = new RenewedCredentials(() => load(connection, root), url.host);
  // Those that cannot be had are told now, not at the first question.
  await credentials.get();
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    address: addressOfUrl(url),
    credentials: (refused) => credentials.get(refused),
  };
}

/**
 * `host:port` of the server that a connection leads to, or `in-cluster` for that of the pod. Runs no plugin.
 *
 * @throws WindlassFailure `ReferenceUnresolved` when the kubeconfig says too little.
 */
export function addressOf(connection: KubernetesConnection): string {
  if (connection.kubeconfig === undefined) return 'in-cluster';
  return addressOfUrl(serverOf(load(connection, '')).url);
}

/**
 * Scheme, host and port of the server that a connection leads to. Runs no plugin.
 *
 * @throws WindlassFailure `ReferenceUnresolved` when the kubeconfig says too little.
 */
export function originOf(connection: KubernetesConnection): string {
  return serverOf(load(connection, '')).url.origin;
}

function load(connection: KubernetesConnection, root: string): KubeConfig {
  const config = new KubeConfig();
  if (connection.kubeconfig === undefined) {
    if (process.env.KUBERNETES_SERVICE_HOST === undefined)
      throw unusable('none is bound, and this process does not run in a pod');
    config.loadFromCluster(root);
    return config;
  }
  try {
    config.loadFromString(connection.kubeconfig);
  } catch {
    throw unusable('it is not a kubeconfig');
  }
  if (connection.context !== undefined) {
    if (!config.getContextObject(connection.context)) throw unusable(`it has no context ${connection.context}`);
    config.setCurrentContext(connection.context);
  }
  completeUser(config, connection.kubeconfig);
  const problem = namedFileProblem(config);
  if (problem !== null) throw unusable(problem);
  return config;
}

function serverOf(config: KubeConfig): { readonly cluster: Cluster; readonly url: URL } {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw unusable(`its context ${JSON.stringify(config.getCurrentContext())} names no cluster`);
  if (!URL.canParse(cluster.server)) throw unusable(`the server of cluster ${cluster.name} is not a URL`);
  if (cluster.proxyUrl !== undefined && cluster.proxyUrl !== '')
    throw unusable(`cluster ${cluster.name} is behind a proxy-url, which is not supported`);
  return { cluster, url: new URL(cluster.server) };
}

function unusable(why: string): WindlassFailure {
  return new WindlassFailure('ReferenceUnresolved', `The kubeconfig cannot be used: ${why}.`, {
    next: 'Correct the kubeconfig or the context that the environment binds to this target.',
  });
}
