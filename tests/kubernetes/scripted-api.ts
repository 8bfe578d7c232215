import { WindlassFailure } from '../../src/domain/failure.ts';
import type {
  KindRef,
  KubernetesApi,
  KubernetesObject,
  ObjectRef,
  WatchEvent,
} from '../../src/domain/kubernetes-api.ts';

/** A Kubernetes API of which only `watch` and `get` are used; tests say what happens. */
export class ScriptedApi implements KubernetesApi {
  readonly watched: string[] = [];
  readonly #streams = new Map<string, ((event: WatchEvent | Error) => void)[]>();
  readonly #objects = new Map<string, KubernetesObject[]>();

  /** Objects that are there when a watch of their kind begins. */
  have(...objects: readonly KubernetesObject[]): void {
    for (const object of objects) this.#objects.set(object.kind, [...(this.#objects.get(object.kind) ?? []), object]);
  }

  tell(type: WatchEvent['type'], object: KubernetesObject): void {
    for (const push of this.#streams.get(object.kind) ?? []) push({ type, object });
  }

  fail(kind: string, error: Error): void {
    for (const push of this.#streams.get(kind) ?? []) push(error);
  }

  readonly #denied = new Set<string>();

  /** Refuses a watch, named as in `watched`. */
  deny(watch: string): void {
    this.#denied.add(watch);
  }

  async *watch(
    kind: KindRef,
    options: { readonly namespace?: string; readonly name?: string; readonly signal: AbortSignal },
  ): AsyncGenerator<WatchEvent> {
    const watch = `${kind.kind} ${options.namespace ?? ''}${options.name === undefined ? '' : `/${options.name}`}`;
    this.watched.push(watch);
    if (this.#denied.has(watch)) throw new WindlassFailure('AccessDenied', `may not watch ${watch}`, { next: 'ask' });
    const queue: (WatchEvent | Error)[] = (this.#objects.get(kind.kind) ?? []).map((object) => ({
      type: 'ADDED',
      object,
    }));
    let wake = Promise.withResolvers<undefined>();
    const push = (event: WatchEvent | Error): void => {
      queue.push(event);
      wake.resolve(undefined);
    };
    const pushHere = (event: WatchEvent | Error): void => {
      const elsewhere =
        !(event instanceof Error) &&
        options.namespace !== undefined &&
        event.object.metadata.namespace !== options.namespace;
      if (!elsewhere) push(event);
    };
    this.#streams.set(kind.kind, [...(this.#streams.get(kind.kind) ?? []), pushHere]);
    options.signal.addEventListener('abort', () => {
      push(options.signal.reason as Error);
    });
    for (;;) {
      const event = queue.shift();
      if (event instanceof Error) throw event;
      if (event !== undefined) yield event;
      else {
        await wake.promise;
        wake = Promise.withResolvers<undefined>();
      }
    }
  }

  /** What is gone by the time that somebody asks for it. */
  readonly gone = new Set<string>();

  get(ref: ObjectRef): Promise<KubernetesObject | null> {
    if (this.gone.has(ref.name)) return Promise.resolve(null);
    return Promise.resolve({ ...ref, metadata: { name: ref.name } });
  }

  list: KubernetesApi['list'] = notScripted;
  apply = notScripted;
  merge = notScripted;
  delete = notScripted;
}

function notScripted(): Promise<never> {
  return Promise.reject(new Error('this question is not part of the script'));
}
