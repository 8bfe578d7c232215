import { pauseFor } from '../../clock.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesObject, WatchEvent } from '../../domain/kubernetes-api.ts';
import { doublingPauses, type Pauses } from '../../domain/pauses.ts';
import { isRetryable } from '../combined.ts';
import { read, readText } from '../../domain/json-fields.ts';

/** One page-by-page reading of everything, with the version from which a watch goes on. */
export interface Listing {
  readonly objects: readonly KubernetesObject[];
  readonly resourceVersion: string;
}

/** The two questions a watch is made of. */
export interface WatchSource {
  list(): Promise<Listing>;
  /** Raw events since a version; ends when the server closes the watch. */
  events(resourceVersion: string): AsyncIterable<Json>;
  /** The failure that an `ERROR` event tells of. */
  failure(status: Json): WindlassFailure;
}

export interface WatchPatience extends Pauses {
  /** A server that cannot be reached for longer ends the watch. */
  readonly unreachableMs: number;
}

const PATIENCE: WatchPatience = { unreachableMs: 60_000, firstMs: 100, mostMs: 5_000 };

/** The version from which to watch has been compacted away: what happened since can only be listed. */
const GONE = 410;

/**
 * The objects there are, then every change, over however many connections that takes. After a gap that cannot be
 * resumed the difference between what was told and what is there now is told: no object's latest state is missed.
 *
 * @throws WindlassFailure that is not retryable, at once; one that is, when it stays longer than
 *   `patience.unreachableMs`; `signal.reason` once it aborts.
 */
export async function* watchObjects(
  source: WatchSource,
  signal: AbortSignal,
  patience: WatchPatience = PATIENCE,
): AsyncGenerator<WatchEvent> {
  const told = new Map<string, KubernetesObject>();
  let version: string | undefined;
  let pauses = doublingPauses(patience);
  let unreachableSince: number | undefined;
  for (;;) {
    try {
      if (version === undefined) {
        const listing = await source.list();
        unreachableSince = undefined;
        yield* difference(told, listing.objects);
        version = listing.resourceVersion;
      }
      let heard = false;
      for await (const event of source.events(version)) {
        heard = true;
        pauses = doublingPauses(patience);
        unreachableSince = undefined;
        const type = readText(event, 'type');
        if (type === 'ERROR') {
          if (read(event, 'object', 'code') !== GONE) throw source.failure(read(event, 'object') ?? null);
          version = undefined;
          break;
        }
        const object = read(event, 'object') as KubernetesObject;
        version = object.metadata.resourceVersion ?? version;
        if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') continue;
        if (type === 'DELETED') told.delete(keyOf(object));
        else told.set(keyOf(object), outline(object));
        yield { type, object };
      }
      // A server, or a proxy before it, that ends watches at once is not asked in a tight loop.
      if (!heard) await pauseFor(patience.firstMs, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WindlassFailure) || !isRetryable(error)) throw error;
      if (error.options.facts?.status === GONE) version = undefined;
      unreachableSince ??= Date.now();
      if (Date.now() - unreachableSince > patience.unreachableMs) throw error;
      await pauseFor(pauses.next().value, signal);
    }
  }
}

function* difference(told: Map<string, KubernetesObject>, objects: readonly KubernetesObject[]): Generator<WatchEvent> {
  const gone = new Map(told);
  for (const object of objects) {
    const key = keyOf(object);
    const before = told.get(key);
    gone.delete(key);
    told.set(key, outline(object));
    if (before?.metadata.resourceVersion !== object.metadata.resourceVersion)
      yield { type: before === undefined ? 'ADDED' : 'MODIFIED', object };
  }
  for (const [key, object] of gone) {
    told.delete(key);
    yield { type: 'DELETED', object };
  }
}

/** Objects made anew under an old name are other objects. */
function keyOf(object: KubernetesObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}/${object.metadata.uid ?? ''}`;
}

/** What is kept of an object to tell of its deletion: who it was. */
function outline({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}
