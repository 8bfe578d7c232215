import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { labelOf, refOf } from '../identity.ts';
import { isCompleteJob } from '../status/job.ts';
import { terminating, type Judge, type Status } from '../status/status.ts';
import type { Unready } from './outcome.ts';

export interface WaitProgress {
  readonly ready: number;
  readonly of: number;
  /** Some of those that are waited for. */
  readonly waitingFor: readonly string[];
  /** What is in the way of some of them, in a line each; absent while nothing is known. */
  readonly blockedBy?: readonly string[];
}

const NAMED = 3;

/** How each object that is waited for stands now, by `keyOf`. */
export class Standing {
  readonly latest = new Map<string, KubernetesObject>();
  readonly unready = new Map<string, Status>();
  readonly #blocked = new Map<string, string>();
  readonly #judge: Judge;
  readonly #keep: (object: KubernetesObject) => KubernetesObject;

  constructor(judge: Judge, keep: (object: KubernetesObject) => KubernetesObject) {
    this.#judge = judge;
    this.#keep = keep;
  }

  get of(): number {
    return this.latest.size;
  }

  see(key: string, object: KubernetesObject): Status {
    const status = this.#judge(object);
    this.latest.set(key, this.#keep(object));
    if (status.state === 'ready') this.accept(key);
    else this.unready.set(key, status);
    return status;
  }

  accept(key: string): void {
    this.unready.delete(key);
    this.#blocked.delete(key);
  }

  /**
   * An object that is not there any more; a Job that was done and was cleaned away (`ttlSecondsAfterFinished`) stays done.
   *
   * @returns whether it counts as deleted.
   */
  gone(key: string): boolean {
    const latest = this.latest.get(key);
    if (latest !== undefined && isCompleteJob(latest)) return false;
    this.unready.set(key, terminating('it was deleted'));
    return true;
  }

  /** Notes what is in the way of an object; null when nothing is any more. */
  block(key: string, trouble: string | null): void {
    if (trouble === null) this.#blocked.delete(key);
    else this.#blocked.set(key, trouble);
  }

  progress(): WaitProgress {
    const some = this.report(NAMED);
    const blockedBy = some.flatMap(({ object, trouble }) => (trouble === undefined ? [] : `${object}: ${trouble}`));
    return {
      ready: this.of - this.unready.size,
      of: this.of,
      waitingFor: some.map(({ object }) => object),
      ...(blockedBy.length > 0 ? { blockedBy } : {}),
    };
  }

  /** What is not ready, at most so many. */
  report(most: number): readonly Unready[] {
    const found: Unready[] = [];
    for (const [key, status] of this.unready) {
      if (found.length >= most) break;
      const object = this.latest.get(key);
      const trouble = this.#blocked.get(key);
      if (object) found.push({ object: labelOf(refOf(object)), status, ...(trouble === undefined ? {} : { trouble }) });
    }
    return found;
  }
}
