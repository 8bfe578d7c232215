import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, KubernetesObject, WatchEvent } from '../../domain/kubernetes-api.ts';
import { isJob, keyOf, kindKey, labelOf, refOf } from '../identity.ts';
import { isAlwaysReady, isWorkload, judge } from '../status/judge.ts';
import type { Judge, Status } from '../status/status.ts';
import { completedAt } from '../status/job.ts';
import { follow } from './follow.ts';
import { LastWords } from './last-words.ts';
import { failedByItself, notReadyInTime, notStableInTime, stalled, troubleLine } from './outcome.ts';
import { outline } from './outline.ts';
import { StallMemory } from './stall.ts';
import { Standing, type WaitProgress } from './standing.ts';
import { ANSWERS_WITHIN_MS, isUnanswered } from './unanswered.ts';
import { Surroundings } from './surroundings.ts';
import { gracesFor, type Graces } from './suspicion.ts';

export interface WaitOptions {
  readonly withinMs: number;
  readonly signal: AbortSignal;
  progress(state: WaitProgress): void;
  /** All of them must stay ready for so long before the wait ends; whatever falls back begins it anew. */
  readonly stableForMs?: number;
  readonly graces?: Graces;
  /** Told of every Job that is seen complete, or is known to have been, by `keyOf`, with the time; more than once. */
  finished?(key: string, time: string): void;
  /** In place of the rules that come with the kinds. */
  readonly judge?: Judge;
  /** What is kept of an object as it was last seen; a judge that looks at more than the kinds' rules says so. */
  readonly keep?: (object: KubernetesObject) => KubernetesObject;
}

/** Most things are ready sooner than their pods and events would be worth looking at. */
const LOOK_AROUND_AFTER_MS = 1_000;
/** What no watch has told of by then may have been deleted before the watch began. */
const MISSED_AFTER_MS = 2_000;
const TICK_MS = 500;
const TELL_EVERY_MS = 100;
const ASKED_AT_ONCE = 20;
/** So many objects are looked at in one tick, so that events are not kept waiting. */
const LOOKED_AT = 500;

/**
 * Waits until every object is ready, with one watch per kind for those that are not yet. It returns at the event that
 * makes the last of them ready: timers only serve verdicts, the stability window and the time limit.
 *
 * @param objects the objects as last seen; those that are ready already cost no request, unless a window is asked for, or
 * a controller may not have looked at a change of one of them.
 * @returns the latest state of each, without bulk, by `keyOf`.
 * @throws WindlassFailure `Stalled` as soon as one will not become ready, `NotReadyInTime` with a reason for each that
 * is not, what watching throws; the signal's reason when it aborts.
 */
export async function waitUntilReady(
  objects: readonly KubernetesObject[],
  api: KubernetesApi,
  options: WaitOptions,
): Promise<ReadonlyMap<string, KubernetesObject>> {
  return new Wait(api, options).run(objects);
}

class Wait {
  readonly #standing: Standing;
  /** Objects that no watch has told of. */
  readonly #untold = new Set<string>();
  readonly #api: KubernetesApi;
  readonly #options: WaitOptions;
  readonly #graces: Graces;
  readonly #memory = new StallMemory();
  readonly #around: Surroundings;
  readonly #lastWords: LastWords;
  readonly #end = Promise.withResolvers<undefined>();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** How long all must stay ready. */
  #window: number;
  #cursor = 0;
  #toldAt = 0;
  #stable: NodeJS.Timeout | undefined;
  #fellBack = 0;

  constructor(api: KubernetesApi, options: WaitOptions) {
    this.#api = api;
    this.#options = options;
    this.#standing = new Standing(options.judge ?? judge, options.keep ?? outline);
    this.#window = options.stableForMs ?? 0;
    this.#graces = options.graces ?? gracesFor(options.withinMs);
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    this.#around = new Surroundings(api, this.#signal);
    this.#lastWords = new LastWords(api, this.#signal);
  }

  async run(objects: readonly KubernetesObject[]): Promise<ReadonlyMap<string, KubernetesObject>> {
    const { signal, withinMs } = this.#options;
    signal.throwIfAborted();
    for (const object of objects) this.#see(keyOf(refOf(object)), object);
    if (objects.some((object) => isUnanswered(object)))
      this.#window = Math.max(this.#window, Math.min(ANSWERS_WITHIN_MS, withinMs / 2));
    if (this.#standing.unready.size === 0 && this.#window === 0) return this.#standing.latest;
    const started = performance.now();
    const limit = setTimeout(() => {
      this.#end.reject(this.#late());
    }, withinMs);
    const ticks = setInterval(() => {
      this.#tick(performance.now() - started);
    }, TICK_MS);
    const onAbort = (): void => {
      this.#end.reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#tell();
    for (const group of this.#groups()) this.#task(this.#watch(group));
    this.#settle();
    try {
      await this.#end.promise;
      return this.#standing.latest;
    } finally {
      clearTimeout(limit);
      clearTimeout(this.#stable);
      clearInterval(ticks);
      signal.removeEventListener('abort', onAbort);
      this.#stop.abort();
    }
  }

  /** Runs beside the wait; its failure is the wait's failure. */
  #task(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#end.reject(error);
    });
  }

  /** What is watched, by kind: what is not ready; with a window also what is, as far as it can fall back. */
  #groups(): KubernetesObject[][] {
    const watched = [...this.#standing.latest.entries()].filter(
      ([key, object]) => this.#standing.unready.has(key) || (this.#window > 0 && !isAlwaysReady(object)),
    );
    for (const [key] of watched) this.#untold.add(key);
    return [
      ...Map.groupBy(
        watched.map(([, object]) => object),
        kindKey,
      ).values(),
    ];
  }

  async #watch(group: readonly KubernetesObject[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const keys = new Set(group.map((object) => keyOf(refOf(object))));
    const followed = {
      namespaces: new Set(group.flatMap(({ metadata }) => metadata.namespace ?? [])),
      eachUpTo: 1,
      signal: this.#signal,
      ...(group.length === 1 ? { name: first.metadata.name } : {}),
    };
    await follow(this.#api, first, followed, (event) => {
      const key = keyOf(refOf(event.object));
      if (keys.has(key)) this.#hear(key, event);
    });
  }

  #hear(key: string, { type, object }: WatchEvent): void {
    const before = this.#standing.unready.size;
    this.#untold.delete(key);
    this.#see(key, object);
    if (type === 'DELETED') this.#gone(key, object);
    if (this.#standing.unready.size !== before) this.#tellSoon();
    this.#settle();
  }

  #see(key: string, object: KubernetesObject): void {
    const status = this.#standing.see(key, object);
    const completed = completedAt(object);
    if (completed !== null) this.#options.finished?.(key, completed);
    // A Deployment past its deadline goes on trying, and the cause may just have been removed.
    if (status.state === 'failed' && object.kind !== 'Deployment')
      this.#end.reject(failedByItself(labelOf(refOf(object)), status));
  }

  #gone(key: string, object: KubernetesObject): void {
    if (this.#standing.gone(key) && isJob(object)) this.#task(this.#askForLastWords(key, object));
  }

  /** A Job that nobody saw complete may have been so all the same. */
  async #askForLastWords(key: string, { metadata }: KubernetesObject): Promise<void> {
    const { namespace = '', name, uid = '' } = metadata;
    const completed = await this.#lastWords.of(namespace, { name, uid });
    if (completed === null) return;
    this.#standing.accept(key);
    this.#options.finished?.(key, completed);
    this.#settle();
  }

  /** Ends the wait when nothing is left to wait for, now or at the end of the window. */
  #settle(): void {
    if (this.#standing.unready.size > 0) {
      if (this.#stable !== undefined) this.#fellBack += 1;
      clearTimeout(this.#stable);
      this.#stable = undefined;
    } else if (this.#window === 0) this.#end.resolve(undefined);
    else
      this.#stable ??= setTimeout(() => {
        this.#end.resolve(undefined);
      }, this.#window);
  }

  #tick(elapsed: number): void {
    if (elapsed >= MISSED_AFTER_MS) this.#lookForMissed();
    if (elapsed >= LOOK_AROUND_AFTER_MS) this.#lookAround();
    for (const [key, status] of this.#some()) {
      const object = this.#standing.latest.get(key);
      if (object !== undefined) this.#lookAt(key, object, status, elapsed);
    }
    this.#settle();
    this.#tell();
  }

  #lookAt(key: string, object: KubernetesObject, status: Status, elapsed: number): void {
    if (this.#around.isUnusedClaim(object, status)) {
      this.#standing.accept(key);
      return;
    }
    const suspicions = this.#around.suspicions(object, status, this.#graces);
    const [first] = suspicions;
    this.#standing.block(key, first === undefined ? null : troubleLine(first));
    const stall = this.#memory.verdict(key, suspicions, elapsed);
    if (stall) this.#end.reject(stalled(labelOf(refOf(object)), stall));
  }

  /** The next of those that are not ready, in turn. */
  #some(): readonly (readonly [string, Status])[] {
    const all = [...this.#standing.unready];
    if (all.length <= LOOKED_AT) return all;
    const from = this.#cursor % all.length;
    this.#cursor = from + LOOKED_AT;
    return all.slice(from, from + LOOKED_AT);
  }

  /** Only where something is not ready that pods or events can tell of. */
  #lookAround(): void {
    const namespaces = new Set<string>();
    for (const key of this.#standing.unready.keys()) {
      const object = this.#standing.latest.get(key);
      if (object === undefined || !(isWorkload(object) || object.kind === 'PersistentVolumeClaim')) continue;
      namespaces.add(object.metadata.namespace ?? '');
    }
    this.#task(this.#around.follow(namespaces));
  }

  #lookForMissed(): void {
    for (const key of [...this.#untold].slice(0, ASKED_AT_ONCE)) {
      this.#untold.delete(key);
      const object = this.#standing.latest.get(key);
      if (object !== undefined) this.#task(this.#ask(key, object));
    }
  }

  async #ask(key: string, object: KubernetesObject): Promise<void> {
    try {
      const now = await this.#api.get(refOf(object), { signal: this.#signal });
      if (now === null) this.#gone(key, object);
    } catch (error) {
      // The watch has more patience with a server in trouble, and the last word on it.
      if (!(error instanceof WindlassFailure)) throw error;
    }
  }

  /** Thousands of events in a moment are one piece of news; the next tick tells the rest. */
  #tellSoon(): void {
    if (this.#standing.unready.size === 0 || performance.now() - this.#toldAt >= TELL_EVERY_MS) this.#tell();
  }

  #tell(): void {
    this.#toldAt = performance.now();
    this.#options.progress(this.#standing.progress());
  }

  #late(): Error {
    const { withinMs } = this.#options;
    const { unready, of } = this.#standing;
    if (unready.size === 0) return notStableInTime(of, withinMs, this.#window, this.#fellBack + 1);
    return notReadyInTime(this.#standing.report(Infinity), of, withinMs, this.#around.denials());
  }
}
