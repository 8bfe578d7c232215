import { WindlassFailure } from '../../src/domain/failure.ts';
import type { Json } from '../../src/domain/json.ts';
import type {
  CallOptions,
  KindRef,
  KubernetesApi,
  KubernetesObject,
  ObjectRef,
  WatchEvent,
} from '../../src/domain/kubernetes-api.ts';

type WatchOptions = Parameters<KubernetesApi['watch']>[1];

/** An API server in memory, with as much of one as a storage location needs. `velero` answers what is written. */
export class FakeCluster implements KubernetesApi {
  readonly written: KubernetesObject[] = [];
  veleroInstalled = true;
  /** Called after a location was written: what Velero then does. */
  velero: () => void = () => undefined;
  readonly #objects = new Map<string, KubernetesObject>();
  #changed = Promise.withResolvers<undefined>();

  get(ref: ObjectRef, options: CallOptions = {}): Promise<KubernetesObject | null> {
    options.signal?.throwIfAborted();
    if (ref.kind === 'BackupStorageLocation' && !this.veleroInstalled) {
      return Promise.reject(new WindlassFailure('UnknownKind', 'not served', { next: 'install it' }));
    }
    return Promise.resolve(this.#objects.get(keyOf(ref)) ?? null);
  }

  apply(
    object: KubernetesObject,
    options: CallOptions & { readonly dryRun?: boolean } = {},
  ): Promise<KubernetesObject> {
    options.signal?.throwIfAborted();
    const ref = { kind: object.kind, name: object.metadata.name };
    const status = this.#objects.get(keyOf(ref))?.status;
    const stored: KubernetesObject = { ...object, ...(status === undefined ? {} : { status }) };
    if (options.dryRun !== true) {
      this.written.push(object);
      this.#put(stored);
      if (object.kind === 'BackupStorageLocation') this.velero();
    }
    return Promise.resolve(stored);
  }

  async *watch(kind: KindRef, options: WatchOptions): AsyncGenerator<WatchEvent> {
    let type: WatchEvent['type'] = 'ADDED';
    for (;;) {
      options.signal.throwIfAborted();
      const changed = this.#changed.promise;
      const object = this.#objects.get(keyOf({ kind: kind.kind, name: options.name ?? '' }));
      if (object !== undefined) yield { type, object };
      type = 'MODIFIED';
      await Promise.race([changed, aborted(options.signal)]);
    }
  }

  /** Velero's verdict on a location. */
  judge(name: string, status: { readonly [key: string]: Json }): void {
    const object = this.#objects.get(keyOf({ kind: 'BackupStorageLocation', name }));
    if (object !== undefined) this.#put({ ...object, status });
  }

  list(): Promise<readonly KubernetesObject[]> {
    return Promise.reject(new Error('a location step lists nothing'));
  }

  merge(): Promise<KubernetesObject> {
    return Promise.reject(new Error('a location step merges nothing'));
  }

  delete(): Promise<boolean> {
    return Promise.reject(new Error('a location step deletes nothing'));
  }

  #put(object: KubernetesObject): void {
    this.#objects.set(keyOf({ kind: object.kind, name: object.metadata.name }), object);
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers();
  }
}

function keyOf(ref: { readonly kind: string; readonly name: string }): string {
  return `${ref.kind}/${ref.name}`;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
