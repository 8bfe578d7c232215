import { read, readList, readText } from '../../domain/json-fields.ts';
import { labelOf, type KindRef, type KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { ClusterApi } from '../cluster-api.ts';
import { LabFailure } from '../failure.ts';

interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Where the API server has an object of whatever kind it serves. */
export class Resources {
  readonly #api: ClusterApi;
  readonly #byVersion = new Map<string, ReadonlyMap<string, Resource>>();

  constructor(api: ClusterApi) {
    this.#api = api;
  }

  /**
   * The path of the object's collection.
   *
   * @throws LabFailure when the API server serves no such kind, or the object lacks its namespace; what undici throws when
   *   nobody answers.
   */
  async collection(object: KubernetesObject): Promise<string> {
    const { apiVersion, kind, metadata } = object;
    const resource = (await this.#served(apiVersion)).get(kind);
    const label = labelOf({ kind, ...metadata });
    if (resource === undefined)
      throw new LabFailure(
        `The API server serves no ${kind} of ${apiVersion}.`,
        label,
        'Put its CustomResourceDefinition into an earlier file, or correct apiVersion and kind.',
      );
    if (resource.namespaced && metadata.namespace === undefined)
      throw new LabFailure('It is in no namespace.', label, 'Say metadata.namespace.');
    const root = rootOf(apiVersion);
    return resource.namespaced
      ? `${root}/namespaces/${metadata.namespace ?? ''}/${resource.plural}`
      : `${root}/${resource.plural}`;
  }

  /**
   * Whether the API server serves objects of a kind, asked anew.
   *
   * @throws LabFailure when that is refused; what undici throws when nobody answers.
   */
  async serves({ apiVersion, kind }: KindRef): Promise<boolean> {
    this.#byVersion.delete(apiVersion);
    return (await this.#served(apiVersion)).has(kind);
  }

  async #served(apiVersion: string): Promise<ReadonlyMap<string, Resource>> {
    const known = this.#byVersion.get(apiVersion);
    if (known !== undefined) return known;
    const list = await this.#api.get(rootOf(apiVersion));
    const resources = new Map(
      readList(list ?? undefined, 'resources').flatMap((resource) => {
        const [plural, kind] = [readText(resource, 'name') ?? '', readText(resource, 'kind') ?? ''];
        if (plural.includes('/')) return [];
        return [[kind, { plural, namespaced: read(resource, 'namespaced') === true }] as const];
      }),
    );
    this.#byVersion.set(apiVersion, resources);
    return resources;
  }
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
