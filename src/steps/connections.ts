import type { Bundle } from '../domain/bundle.ts';
import type { BindingOf, TargetBinding } from '../domain/environment.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { KubernetesConnection } from '../kubernetes/client/connection.ts';
import type { InventoryHome } from '../kubernetes/inventory/apply-set.ts';
import type { S3Connection } from '../objectstore/client.ts';
import type { PostgresConnection } from '../postgres/connection.ts';
import type { Resolve } from './resolve.ts';

/** The connections of a bundle's targets, their references turned into values. Never leaves the process. */
export class Connections {
  readonly #bundle: Pick<Bundle, 'targets'>;
  readonly #resolve: Resolve;

  constructor(bundle: Pick<Bundle, 'targets'>, resolve: Resolve) {
    this.#bundle = bundle;
    this.#resolve = resolve;
  }

  async kubernetes(target: string): Promise<KubernetesConnection> {
    const { kubeconfig, context } = this.#binding(target, 'kubernetes');
    return {
      ...(kubeconfig === undefined ? {} : { kubeconfig: await this.#resolve(kubeconfig) }),
      ...(context === undefined ? {} : { context }),
    };
  }

  /** Where the inventories of a cluster are kept. */
  inventory(target: string): InventoryHome {
    return { namespace: this.#binding(target, 'kubernetes').inventoryNamespace, target };
  }

  async postgres(target: string): Promise<PostgresConnection> {
    return { url: await this.#resolve(this.#binding(target, 'postgres').url) };
  }

  async s3(target: string): Promise<S3Connection> {
    const { endpoint, region, accessKey, secretKey, pathStyle } = this.#binding(target, 's3');
    return {
      endpoint: await this.#resolve(endpoint),
      region,
      accessKey: await this.#resolve(accessKey),
      secretKey: await this.#resolve(secretKey),
      pathStyle,
    };
  }

  /** The address of a target of any kind that is only asked whether it answers. */
  async address(target: string): Promise<{ readonly url: string }> {
    const binding = this.#bundle.targets[target];
    if (binding?.kind === 'http' || binding?.kind === 'postgres') return { url: await this.#resolve(binding.url) };
    if (binding?.kind === 's3') return { url: await this.#resolve(binding.endpoint) };
    throw notBound(target, 'http, postgres or s3');
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
