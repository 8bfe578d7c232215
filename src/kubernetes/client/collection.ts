import { readList, readText } from '../../domain/json-fields.ts';
import { parseJson, type Json } from '../../domain/json.ts';
import { OverLimit, type Limit } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isSecretKind } from '../identity.ts';
import { collectionPath, type ServedKind } from './kinds.ts';
import type { Asked } from './refusals.ts';
import type { Transport } from './transport.ts';
import type { Listing } from './watch.ts';

const PAGE = 500;

/** All objects of a kind, or those of one namespace, that selectors choose. */
interface Collection {
  readonly kind: ServedKind;
  readonly namespace: string | undefined;
  /** Selectors as the API takes them. */
  readonly query: Readonly<Record<string, string>>;
}

/** What a failure says was asked. */
export function askedOf(verb: 'list' | 'watch', { kind, namespace }: Collection): Omit<Asked, 'address'> {
  const where = kind.namespaced && namespace !== undefined ? ` in namespace ${namespace}` : '';
  return { verb, object: `${kind.plural}${where}`, secret: isSecretKind(kind) };
}

/**
 * Lists page by page.
 *
 * @throws WindlassFailure as `Transport.ask` does.
 */
export async function listing(
  transport: Transport,
  collection: Collection,
  signal: AbortSignal | undefined,
  accept?: string,
): Promise<Listing> {
  const { kind, namespace, query } = collection;
  const asked = askedOf('list', collection);
  const objects: KubernetesObject[] = [];
  let token: string | undefined;
  for (;;) {
    const page = new URLSearchParams({
      ...query,
      limit: String(PAGE),
      ...(token === undefined ? {} : { continue: token }),
    });
    const path = `${collectionPath(kind, namespace)}?${page.toString()}`;
    const { status, body } = await transport.ask(
      { method: 'GET', path, asked, signal, ...(accept === undefined ? {} : { headers: { accept } }) },
      token === undefined ? [] : [410],
    );
    if (status === 410) {
      // The token outlived the history of the server: from the start, which is always possible.
      objects.length = 0;
      token = undefined;
      continue;
    }
    const list = parseJson(body);
    // Items of a list leave out what they have in common.
    for (const item of readList(list, 'items'))
      objects.push({ ...(item as KubernetesObject), apiVersion: kind.apiVersion, kind: kind.kind });
    token = readText(list, 'metadata', 'continue');
    if (token === undefined || token === '')
      return { objects, resourceVersion: readText(list, 'metadata', 'resourceVersion') ?? '' };
  }
}

/**
 * The events of one connection since a version, as the server sends them.
 *
 * @throws WindlassFailure as `Transport.stream` does, `TargetUnreachable` when the connection breaks; `signal.reason`
 *   once it aborts.
 */
export async function* events(
  transport: Transport,
  collection: Collection,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<Json> {
  const { kind, namespace, query } = collection;
  const parameters = new URLSearchParams({
    ...query,
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(transport.watchSeconds),
  });
  const path = `${collectionPath(kind, namespace)}?${parameters.toString()}`;
  const call = { method: 'GET', path, asked: askedOf('watch', collection), signal } as const;
  const chunks = await transport.stream(call);
  try {
    for await (const line of linesOf(chunks)) yield parseJson(line);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OverLimit) throw error;
    // A connection cut in the middle of a line shows as broken JSON.
    throw transport.broken(error, call);
  }
}

/**
 * Splits a stream of bytes into lines; the last one needs no line feed.
 *
 * @throws what `chunks` throws; WindlassFailure `LimitExceeded` for a line without an end.
 *
 * @internal exported for its tests
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  limit: Limit = LIMITS.clusterAnswer,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      yield rest + text.slice(start, end);
      rest = '';
      start = end + 1;
    }
    rest += text.slice(start);
    if (rest.length > limit.most) throw new OverLimit(limit, 'An event of the API server', 'watch');
  }
  if (rest !== '') yield rest;
}
