import { compareTexts } from '../../domain/compare.ts';
import type { Json } from '../../domain/json.ts';
import type { KeptKind, KindRef } from '../../domain/kubernetes-api.ts';
import { isObject, read, readList, readText } from '../../domain/json-fields.ts';
import { groupOf, kindKey } from '../identity.ts';
import { versionPath, type DiscoveredKind, type ServedKind } from './kinds.ts';

/** Reads a path as JSON, optionally asking for another representation. */
export type ReadJson = (path: string, accept?: string) => Promise<Json>;

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

/**
 * Which kinds a server serves: asked once, and again when somebody looks for a kind that was not there. A server that has
 * just begun does not tell of all of them, so that what it leaves out counts only once it is ready.
 */
export class Discovery {
  readonly #readJson: ReadJson;
  readonly #assertReady: (signal: AbortSignal | undefined) => Promise<void>;
  #kinds: Promise<ReadonlyMap<string, DiscoveredKind>> | undefined;

  /** @param assertReady rejects while the server is not. */
  constructor(readJson: ReadJson, assertReady: (signal: AbortSignal | undefined) => Promise<void>) {
    this.#readJson = readJson;
    this.#assertReady = assertReady;
  }

  /** The kind as served, or null when the server does not know it, even after asking again. */
  async find(kind: KindRef, signal?: AbortSignal): Promise<ServedKind | null> {
    const known = (await this.#load(signal)).get(kindKey(kind));
    if (known) return known;
    return (await this.#loadAnew(signal)).get(kindKey(kind)) ?? null;
  }

  /** The kinds as served, asking again at most once for all that are missing. */
  async findAll(kinds: readonly KindRef[], signal?: AbortSignal): Promise<ReadonlyMap<string, ServedKind>> {
    const known = await this.#load(signal);
    if (kinds.every((kind) => known.has(kindKey(kind)))) return known;
    return this.#loadAnew(signal);
  }

  /** Every kind whose objects are kept, in the version that the server prefers; asked anew. */
  async keptKinds(signal?: AbortSignal): Promise<readonly KeptKind[]> {
    const kinds = [...(await this.#loadAnew(signal)).values()];
    return kinds
      .filter(({ kept, preferred }) => kept && preferred)
      .map(({ apiVersion, kind, plural, namespaced, otherNames }) => ({
        apiVersion,
        kind,
        resource: resourceOf(apiVersion, plural),
        namespaced,
        names: [plural, ...otherNames].flatMap((name) => [name, resourceOf(apiVersion, name)]),
      }));
  }

  /** Those of them whose objects live in namespaces. */
  async namespacedKinds(signal?: AbortSignal): Promise<readonly KeptKind[]> {
    return (await this.keptKinds(signal)).filter(({ namespaced }) => namespaced);
  }

  /** Every version and kind that is served, as `apps/v1` and `apps/v1/Deployment`; sorted, asked anew. */
  async apiVersions(signal?: AbortSignal): Promise<readonly string[]> {
    const kinds = [...(await this.#loadAnew(signal)).values()];
    return [...new Set(kinds.flatMap((kind) => [kind.apiVersion, kindKey(kind)]))].sort(compareTexts);
  }

  forget(): void {
    this.#kinds = undefined;
  }

  async #loadAnew(signal: AbortSignal | undefined): Promise<ReadonlyMap<string, DiscoveredKind>> {
    await this.#assertReady(signal);
    this.forget();
    return this.#load(signal);
  }

  async #load(signal: AbortSignal | undefined): Promise<ReadonlyMap<string, DiscoveredKind>> {
    const loading = (this.#kinds ??= this.#ask());
    try {
      return await abortable(loading, signal);
    } catch (error) {
      // A failure is not remembered as an answer.
      if (this.#kinds === loading) this.forget();
      throw error;
    }
  }

  async #ask(): Promise<ReadonlyMap<string, DiscoveredKind>> {
    const answers = await Promise.all(['/api', '/apis'].map((path) => this.#readJson(path, AGGREGATED)));
    const kinds = await Promise.all(
      answers.map(async (answer) =>
        readText(answer, 'kind') === 'APIGroupDiscoveryList' ? aggregatedKinds(answer) : this.#oneByOne(answer),
      ),
    );
    return new Map(kinds.flat().map((kind) => [kindKey(kind), kind]));
  }

  /** For servers without aggregated discovery: one document per group and version. */
  async #oneByOne(answer: Json): Promise<DiscoveredKind[]> {
    const core = readList(answer, 'versions').filter((version) => typeof version === 'string');
    const grouped = readList(answer, 'groups').flatMap((group) =>
      readList(group, 'versions').map((version) => readText(version, 'groupVersion') ?? ''),
    );
    const documents = await Promise.all([...core, ...grouped].map((version) => this.#readJson(versionPath(version))));
    const preferred = new Set(
      readList(answer, 'groups').map((group) => readText(group, 'preferredVersion', 'groupVersion')),
    );
    return documents.flatMap((document) => listedKinds(document, preferred));
  }
}

function aggregatedKinds(answer: Json): DiscoveredKind[] {
  return readList(answer, 'items').flatMap((group) => {
    const name = readText(group, 'metadata', 'name') ?? '';
    return readList(group, 'versions').flatMap((version, index) => {
      const number = readText(version, 'version') ?? '';
      return readList(version, 'resources').flatMap((resource) => {
        const kind = readText(resource, 'responseKind', 'kind');
        const plural = readText(resource, 'resource');
        if (kind === undefined || plural === undefined) return [];
        const apiVersion = name === '' ? number : `${name}/${number}`;
        const namespaced = readText(resource, 'scope') === 'Namespaced';
        const statusApart = readList(resource, 'subresources').some((sub) => readText(sub, 'subresource') === 'status');
        const kept = isKept(resource);
        const otherNames = otherNamesOf(resource, 'singularResource');
        return [{ apiVersion, kind, plural, namespaced, statusApart, kept, preferred: index === 0, otherNames }];
      });
    });
  });
}

function listedKinds(document: Json, preferred: ReadonlySet<string | undefined>): DiscoveredKind[] {
  const apiVersion = readText(document, 'groupVersion') ?? '';
  const names = new Set(readList(document, 'resources').map((resource) => readText(resource, 'name')));
  return readList(document, 'resources').flatMap((resource) => {
    const kind = readText(resource, 'kind');
    const plural = readText(resource, 'name');
    // Subresources (`deployments/scale`) are listed beside the kinds.
    if (!isObject(resource) || kind === undefined || plural === undefined || plural.includes('/')) return [];
    const first = groupOf(apiVersion) === '' || preferred.has(apiVersion);
    const namespaced = read(resource, 'namespaced') === true;
    const statusApart = names.has(`${plural}/status`);
    const otherNames = otherNamesOf(resource, 'singularName');
    return [
      { apiVersion, kind, plural, namespaced, statusApart, kept: isKept(resource), preferred: first, otherNames },
    ];
  });
}

function otherNamesOf(resource: Json, singular: string): readonly string[] {
  const names = [readText(resource, singular), ...readList(resource, 'shortNames')];
  return names.flatMap((name) => (typeof name === 'string' && name !== '' ? [name] : []));
}

function isKept(resource: Json): boolean {
  const verbs = readList(resource, 'verbs');
  return verbs.includes('list') && verbs.includes('create');
}

/** As Velero and `kubectl` name resources: `deployments.apps`, `configmaps`. */
function resourceOf(apiVersion: string, plural: string): string {
  const group = groupOf(apiVersion);
  return group === '' ? plural : `${plural}.${group}`;
}

/** Waits for shared work on behalf of one caller: its signal ends the wait, not the work. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
