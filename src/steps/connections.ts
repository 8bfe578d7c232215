import type { Bundle } from '../domain/bundle.ts';
import type { BindingOf, TargetBinding } from '../domain/environment.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { Limit } from '../domain/limit.ts';
import type { KubernetesClient } from '../kubernetes/client/client.ts';
import { addressOf, originOf, type KubernetesConnection } from '../kubernetes/client/connection.ts';
import { sharedClusters } from '../kubernetes/client/shared.ts';
import type { InventoryHome } from '../kubernetes/inventory/apply-set.ts';
import { hostPort, type S3Connection } from '../objectstore/client.ts';
import { addressesOf, type PostgresConnection } from '../postgres/connection.ts';
import { repositoryAt, type RepositoryConnection } from '../gitops/address.ts';
import { nameServerAt, type NameServer } from '../http/name-server.ts';
import { addressOf as serverAddress, type ServerConnection } from '../http/server-url.ts';
import type { LoadBound } from '../domain/policy.ts';
import type { Reach } from './reach.ts';

/**
 * The connections of a bundle's targets, their references turned into values, to servers that may be reached. Never
 * leaves the process.
 */
export class Connections {
  readonly #bundle: Pick<Bundle, 'targets'>;
  readonly #reach: Reach;

  constructor(bundle: Pick<Bundle, 'targets'>, reach: Reach) {
    this.#bundle = bundle;
    this.#reach = reach;
  }

  async kubernetes(target: string): Promise<KubernetesConnection> {
    const { kubeconfig, context } = this.#binding(target, 'kubernetes');
    const connection = {
      ...(kubeconfig === undefined ? {} : { kubeconfig: await this.#reach.resolve(kubeconfig) }),
      ...(context === undefined ? {} : { context }),
    };
    this.#reach.admit(addressOf(connection), `target ${target}`);
    return connection;
  }

  /**
   * A client of a cluster, over the connections that this process has to it; close it when done.
   *
   * @throws WindlassFailure `ReferenceUnresolved`, `AccessDenied`, `InvalidRollout`; `Unauthorised` when the server may not
   *   be reached.
   */
  async cluster(target: string): Promise<KubernetesClient> {
    return sharedClusters.open(await this.kubernetes(target));
  }

  /** Where the inventories of a cluster are kept. */
  inventory(target: string): InventoryHome {
    return { namespace: this.#binding(target, 'kubernetes').inventoryNamespace, target };
  }

  async postgres(target: string): Promise<PostgresConnection> {
    const connection = { url: await this.#reach.resolve(this.#binding(target, 'postgres').url) };
    for (const address of addressesOf(connection)) this.#reach.admit(address, `target ${target}`);
    return connection;
  }

  /** How large an artifact may be. */
  get artifactLimit(): Limit {
    return this.#reach.artifact;
  }

  /** Lets a server pass that an artifact is downloaded from, as `Reach.admitDownload`. */
  readonly admitDownload = (address: string): void => {
    this.#reach.admitDownload(address);
  };

  async s3(target: string): Promise<S3Connection> {
    const { endpoint, region, accessKey, secretKey, pathStyle } = this.#binding(target, 's3');
    const { resolve, admit } = this.#reach;
    const at = await resolve(endpoint);
    admit(hostPort(at), `target ${target}`);
    return {
      endpoint: at,
      region,
      accessKey: await resolve(accessKey),
      secretKey: await resolve(secretKey),
      pathStyle,
    };
  }

  /** Who resolves names. */
  async dns(target: string): Promise<NameServer> {
    const { server } = this.#binding(target, 'dns');
    if (server === undefined) return { address: null };
    const at = nameServerAt(await this.#reach.resolve(server));
    this.#reach.admit(at.address, `target ${target}`);
    return at;
  }

  /** A Git repository. */
  async repository(target: string): Promise<RepositoryConnection> {
    const { url, user, password } = this.#binding(target, 'git');
    const { resolve } = this.#reach;
    const { connection, address } = repositoryAt(await resolve(url), {
      ...(user === undefined ? {} : { user: await resolve(user) }),
      ...(password === undefined ? {} : { password: await resolve(password) }),
    });
    this.#reach.admit(address, `target ${target}`);
    return connection;
  }

  /** The address of a target of any kind that is only asked whether it answers. */
  async address(target: string): Promise<{ readonly url: string }> {
    const binding = this.#bundle.targets[target];
    if (binding?.kind === 'postgres') return this.postgres(target);
    if (binding?.kind === 'kubernetes') return { url: originOf(await this.kubernetes(target)) };
    if (binding?.kind !== 'http' && binding?.kind !== 's3') throw notBound(target, 'http, kubernetes, postgres or s3');
    const connection = { url: await this.#reach.resolve(binding.kind === 's3' ? binding.endpoint : binding.url) };
    this.#reach.admit(serverAddress(connection), `target ${target}`);
    return connection;
  }

  /**
   * A server that is put under load, and how much of it; throws as `address`, and `Unauthorised` for a server that may be put
   * under none.
   */
  async loaded(target: string): Promise<{ readonly connection: ServerConnection; readonly bound: LoadBound | null }> {
    const connection = await this.address(target);
    return { connection, bound: this.#reach.admitLoad(serverAddress(connection), `target ${target}`) };
  }

  #binding<K extends TargetBinding['kind']>(target: string, kind: K): BindingOf<K> {
    const binding = this.#bundle.targets[target];
    if (binding?.kind !== kind) throw notBound(target, kind);
    return binding as BindingOf<K>;
  }
}

function notBound(target: string, kind: string): WindlassFailure {
  return new WindlassFailure('InvalidRollout', `The bundle binds no target ${target} of kind ${kind}.`, {
    object: target,
    next: 'Validate the rollout for this environment and start it again.',
  });
}
