import { WindlassFailure } from '../../domain/failure.ts';
import { jsonText, parseJson, type Json, type JsonObject } from '../../domain/json.ts';
import type {
  CallOptions,
  KindRef,
  KubernetesApi,
  KubernetesObject,
  ObjectRef,
  Propagation,
  WatchEvent,
} from '../../domain/kubernetes-api.ts';
import { absent } from '../absent.ts';
import { LIMITS } from '../../domain/limits.ts';
import { jsonIn, readObject } from '../../domain/json-fields.ts';
import { FIELD_MANAGER, isSecretKind, kindKey, labelOf, refOf } from '../identity.ts';
import { askAgain, type RememberedAnswers } from './answers.ts';
import { askedOf, events, listing } from './collection.ts';
import { Discovery } from './discovery.ts';
import { collectionPath, objectPath, subresourcePath, versionPath, type ServedKind } from './kinds.ts';
import { refusal } from './refusals.ts';
import { readStatus } from './status.ts';
import { assertReady, type Transport } from './transport.ts';
import { watchObjects } from './watch.ts';

const ONLY_METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** A thin client: JSON in, JSON out, failures in our own words. Safe for any number of calls at once. */
export class KubernetesClient implements KubernetesApi {
  readonly discovery: Discovery;
  readonly #transport: Transport;

  readonly #answers: RememberedAnswers;
  readonly #close: () => Promise<void>;

  /**
   * @param shared when the transport serves others too: what they were answered, and how this client lets go of it. It
   *   is the client's own otherwise.
   */
  constructor(
    transport: Transport,
    shared?: { readonly answers: RememberedAnswers; readonly close: () => Promise<void> },
  ) {
    this.#transport = transport;
    this.#answers = shared?.answers ?? new Map<never, never>();
    this.#close = shared?.close ?? (() => transport.close());
    this.discovery = new Discovery(
      (path, accept) => this.#readAgain(path, accept),
      (signal) => assertReady(transport, signal),
    );
  }

  /** `host:port` of the server. */
  get address(): string {
    return this.#transport.address;
  }

  /** Ends the connections that are its own; what is still asked over them fails. */
  async close(): Promise<void> {
    await this.#close();
  }

  /** Any path of the API, as JSON. */
  async readJson(
    path: string,
    options: { readonly accept?: string; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Json> {
    const { body } = await this.#transport.ask({
      method: 'GET',
      path,
      asked: { verb: 'read', object: path, secret: false },
      ...(options.accept === undefined ? {} : { headers: { accept: options.accept } }),
      signal: options.signal,
    });
    return parseJson(body);
  }

  /** As `readJson`, with what was answered before where the server says that it still holds. */
  async #readAgain(path: string, accept: string | undefined): Promise<Json> {
    const asked = { verb: 'read', object: path, secret: false } as const;
    return askAgain(this.#answers, `${path} ${accept ?? ''}`, (headers) =>
      this.#transport.ask(
        { method: 'GET', path, asked, headers: { ...headers, ...(accept === undefined ? {} : { accept }) } },
        [304],
      ),
    );
  }

  /** What a pod's only container wrote so far, or as much of it as its node still keeps. */
  async logs(
    { namespace, name }: { readonly namespace: string; readonly name: string },
    signal?: AbortSignal,
  ): Promise<string> {
    const pod = await this.#served({ apiVersion: 'v1', kind: 'Pod' }, signal);
    const { body } = await this.#transport.ask({
      method: 'GET',
      path: subresourcePath(objectPath(pod, namespace, name), 'log'),
      asked: { verb: 'get', object: `log of Pod ${namespace}/${name}`, secret: false },
      limit: LIMITS.podLog,
      signal,
    });
    return body;
  }

  /** Puts a question to the server as an object that it answers and does not store, such as an access review. */
  async review(apiVersion: string, kind: string, spec: JsonObject, signal?: AbortSignal): Promise<Json> {
    const { body } = await this.#transport.ask({
      method: 'POST',
      path: `${versionPath(apiVersion)}/${kind.toLowerCase()}s`,
      asked: { verb: 'create', object: kind, secret: false },
      headers: { 'content-type': 'application/json' },
      body: jsonText({ apiVersion, kind, spec }),
      signal,
    });
    return parseJson(body);
  }

  async get(
    ref: ObjectRef,
    options: CallOptions & { readonly subresource?: 'scale' } = {},
  ): Promise<KubernetesObject | null> {
    const kind = await this.#served(ref, options.signal);
    const asked = { verb: 'get', object: labelOf(ref), secret: isSecretKind(ref) } as const;
    const path = subresourcePath(objectPath(kind, ref.namespace, ref.name), options.subresource);
    const answer = await this.#transport.ask({ method: 'GET', path, asked, signal: options.signal }, [404]);
    if (answer.status !== 404) return parseJson(answer.body) as KubernetesObject;
    if (isAbsent(answer.body)) return null;
    throw this.#unserved(ref);
  }

  /** @param options `metadataOnly` leaves out everything else: contents of Secrets never get here then. */
  async list(
    kind: KindRef,
    options: CallOptions & {
      readonly namespace?: string;
      readonly labelSelector?: string;
      readonly fieldSelector?: string;
      readonly metadataOnly?: boolean;
    } = {},
  ): Promise<readonly KubernetesObject[]> {
    const { namespace, labelSelector, fieldSelector, metadataOnly, signal } = options;
    const query = {
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
    const accept = metadataOnly === true ? ONLY_METADATA : undefined;
    const collection = { kind: await this.#served(kind, signal), namespace, query };
    return (await listing(this.#transport, collection, signal, accept)).objects;
  }

  /**
   * Makes an object, for where applying one could overwrite what somebody else just made.
   *
   * @throws WindlassFailure `TargetBusy` when there is one of that name.
   */
  async create(object: KubernetesObject, options: CallOptions = {}): Promise<KubernetesObject> {
    const ref = refOf(object);
    const kind = await this.#served(ref, options.signal);
    const { body } = await this.#transport.ask({
      method: 'POST',
      path: `${collectionPath(kind, ref.namespace)}?fieldManager=${FIELD_MANAGER}&fieldValidation=Strict`,
      asked: { verb: 'create', object: labelOf(ref), secret: isSecretKind(ref) },
      headers: { 'content-type': 'application/json' },
      body: jsonText(object),
      signal: options.signal,
    });
    return parseJson(body) as KubernetesObject;
  }

  async apply(
    object: KubernetesObject,
    options: CallOptions & { readonly force?: boolean; readonly dryRun?: boolean } = {},
  ): Promise<KubernetesObject> {
    const ref = refOf(object);
    const kind = await this.#served(ref, options.signal);
    const query = new URLSearchParams({ fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' });
    if (options.force === true) query.set('force', 'true');
    if (options.dryRun === true) query.set('dryRun', 'All');
    const { body } = await this.#transport.ask({
      method: 'PATCH',
      path: `${objectPath(kind, ref.namespace, ref.name)}?${query.toString()}`,
      asked: { verb: 'apply', object: labelOf(ref), secret: isSecretKind(ref) },
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: jsonText(object),
      signal: options.signal,
    });
    return parseJson(body) as KubernetesObject;
  }

  async merge(
    ref: ObjectRef,
    fields: JsonObject,
    options: CallOptions & { readonly subresource?: 'scale'; readonly resourceVersion?: string | undefined } = {},
  ): Promise<KubernetesObject> {
    const kind = await this.#served(ref, options.signal);
    const { subresource, resourceVersion, signal } = options;
    const metadata = {
      ...readObject(fields, 'metadata'),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    const query = new URLSearchParams({ fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' });
    const answer = await this.#transport.ask(
      {
        method: 'PATCH',
        path: `${subresourcePath(objectPath(kind, ref.namespace, ref.name), subresource)}?${query.toString()}`,
        asked: { verb: 'apply', object: labelOf(ref), secret: isSecretKind(ref) },
        headers: { 'content-type': 'application/merge-patch+json' },
        body: jsonText({ ...fields, metadata }),
        signal,
      },
      [404],
    );
    if (answer.status !== 404) return parseJson(answer.body) as KubernetesObject;
    if (!isAbsent(answer.body)) throw this.#unserved(ref);
    throw absent([ref]);
  }

  async delete(
    ref: ObjectRef,
    options: CallOptions & {
      readonly uid?: string;
      readonly resourceVersion?: string;
      readonly propagation?: Propagation;
    } = {},
  ): Promise<boolean> {
    const kind = await this.#served(ref, options.signal);
    const { uid, resourceVersion, propagation, signal } = options;
    const answer = await this.#transport.ask(
      {
        method: 'DELETE',
        path: objectPath(kind, ref.namespace, ref.name),
        asked: { verb: 'delete', object: labelOf(ref), secret: isSecretKind(ref) },
        headers: { 'content-type': 'application/json' },
        body: jsonText({
          propagationPolicy: propagation ?? 'Background',
          preconditions: { uid, resourceVersion },
        }),
        signal,
      },
      [404],
    );
    if (answer.status === 404 && !isAbsent(answer.body)) throw this.#unserved(ref);
    return answer.status !== 404;
  }

  async *watch(
    kind: KindRef,
    options: { readonly namespace?: string; readonly name?: string; readonly signal: AbortSignal },
  ): AsyncGenerator<WatchEvent> {
    const { namespace, name, signal } = options;
    const query = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
    const collection = { kind: await this.#served(kind, signal), namespace, query };
    const asked = { ...askedOf('watch', collection), address: this.address };
    yield* watchObjects(
      {
        list: () => listing(this.#transport, collection, signal),
        events: (version) => events(this.#transport, collection, version, signal),
        failure: (status) => refusal(readStatus(status), asked),
      },
      signal,
    );
  }

  async #served(kind: KindRef, signal: AbortSignal | undefined): Promise<ServedKind> {
    const served = await this.discovery.find(kind, signal);
    if (served === null) throw this.#unserved(kind);
    return served;
  }

  #unserved(kind: KindRef): WindlassFailure {
    this.discovery.forget();
    return new WindlassFailure('UnknownKind', `The cluster does not serve ${kind.kind} of ${kind.apiVersion}.`, {
      object: `${kind.kind} (${kind.apiVersion})`,
      next: 'Check the apiVersion, or install the CustomResourceDefinition first.',
      facts: { kinds: [kindKey(kind)] },
      missing: [{ is: 'kind', kind }],
    });
  }
}

/** True when a 404 speaks of one object, not of a kind or a path that is not served. */
function isAbsent(body: string): boolean {
  return readStatus(jsonIn(body)).name !== '';
}
