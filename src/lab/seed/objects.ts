import type { Json } from '../../domain/json.ts';
import { read, readList, readText } from '../../domain/json-fields.ts';
import { labelOf, type KubernetesObject } from '../../domain/kubernetes-api.ts';
import { accepted, type ClusterApi } from '../cluster-api.ts';
import { LabFailure } from '../failure.ts';
import { waitFor } from '../wait.ts';
import { asApplied, editOf, MANAGERS } from './kubectl.ts';
import { Resources } from './resources.ts';

const EXISTS = 409;
/** Milliseconds. */
const SERVED_WITHIN = 30_000;

/** What became of the objects of a seed. */
export interface SeededObjects {
  readonly made: readonly KubernetesObject[];
  /** That were there already, and stay as they are. */
  readonly leftAlone: readonly KubernetesObject[];
  readonly edited: readonly KubernetesObject[];
}

/** Makes the objects of a seed that are not there yet; what is there is nobody's to change but its owner's. */
export class ObjectSeeder {
  readonly #api: ClusterApi;
  readonly #resources: Resources;
  readonly #made: KubernetesObject[] = [];
  readonly #leftAlone: KubernetesObject[] = [];
  readonly #edited: KubernetesObject[] = [];

  constructor(api: ClusterApi) {
    this.#api = api;
    this.#resources = new Resources(api);
  }

  result(): SeededObjects {
    return { made: this.#made, leftAlone: this.#leftAlone, edited: this.#edited };
  }

  /**
   * As `kubectl apply` does, from the client's side.
   *
   * @throws LabFailure when the API server refuses it; what undici throws when nobody answers.
   */
  async apply(object: KubernetesObject): Promise<void> {
    await this.#make(asApplied(object), MANAGERS.apply);
  }

  /**
   * As `kubectl create` does. An owner that is named without its uid is looked up: what was made of something belongs to it.
   *
   * @throws LabFailure when the API server refuses it, or there is no such owner; what undici throws when nobody answers.
   */
  async create(object: KubernetesObject): Promise<void> {
    await this.#make(await this.#withOwners(object), MANAGERS.create);
  }

  /**
   * Changes what `apply` has made and nobody has edited or taken over since.
   *
   * @throws LabFailure when there is no such object, or the API server refuses it; what undici throws when nobody answers.
   */
  async edit(part: KubernetesObject): Promise<void> {
    const path = `${await this.#resources.collection(part)}/${part.metadata.name}`;
    const live = await this.#api.get(path);
    if (live === null)
      throw new LabFailure('It is edited, but nothing makes it.', label(part), 'Put the object under `apply`.');
    const managers = readList(live, 'metadata', 'managedFields').map((entry) => readText(entry, 'manager'));
    if (!managers.includes(MANAGERS.apply) || managers.includes(MANAGERS.edit)) return;
    const query = `fieldManager=${MANAGERS.edit}&fieldValidation=Strict`;
    accepted(await this.#api.send(`${path}?${query}`, { method: 'PATCH', ...editOf(part) }), label(part));
    this.#edited.push(part);
  }

  async #make(object: KubernetesObject, manager: string): Promise<void> {
    const collection = await this.#resources.collection(object);
    const query = `fieldManager=${manager}&fieldValidation=Strict`;
    const answer = await this.#api.send(`${collection}?${query}`, { method: 'POST', body: object });
    if (answer.status === EXISTS && readText(answer.body, 'reason') === 'AlreadyExists') {
      this.#leftAlone.push(object);
      return;
    }
    accepted(answer, label(object));
    this.#made.push(object);
    if (object.kind === 'CustomResourceDefinition') await this.#served(object);
  }

  /** Discovery lags behind the definition's own word that it is established. */
  async #served(definition: KubernetesObject): Promise<void> {
    const spec = definition['spec'];
    const kind = readText(spec, 'names', 'kind') ?? '';
    const versions = readList(spec, 'versions').filter((version) => read(version, 'served') === true);
    for (const version of versions) {
      const apiVersion = `${readText(spec, 'group') ?? ''}/${readText(version, 'name') ?? ''}`;
      const answer = await waitFor(
        async () => ((await this.#resources.serves({ apiVersion, kind })) ? true : undefined),
        SERVED_WITHIN,
      );
      if (answer === true) continue;
      throw new LabFailure(
        `The API server did not serve ${kind} of ${apiVersion} within ${String(SERVED_WITHIN / 1_000)} s.`,
        label(definition),
        'Look at `windlass lab logs kube-apiserver`.',
      );
    }
  }

  async #withOwners(object: KubernetesObject): Promise<KubernetesObject> {
    const owners = readList(object.metadata, 'ownerReferences');
    if (owners.length === 0) return object;
    const found = await Promise.all(owners.map((owner) => this.#owner(object, owner)));
    return { ...object, metadata: { ...object.metadata, ownerReferences: found } };
  }

  async #owner(object: KubernetesObject, owner: Json): Promise<Json> {
    const { namespace } = object.metadata;
    const name = readText(owner, 'name') ?? '';
    const [apiVersion, kind] = [readText(owner, 'apiVersion') ?? '', readText(owner, 'kind') ?? ''];
    const ref = { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
    const live = await this.#api.get(`${await this.#resources.collection(ref)}/${name}`);
    const uid = readText(live ?? undefined, 'metadata', 'uid');
    if (uid !== undefined) return { ...(owner as object), uid };
    throw new LabFailure(`Its owner, ${label(ref)}, is not there.`, label(object), 'Put the owner under `apply`.');
  }
}

function label({ kind, metadata }: KubernetesObject): string {
  return labelOf({ kind, ...metadata });
}
