import { isObject } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { ClusterApi } from '../cluster-api.ts';
import { INPUT_RESOURCES, Inputs } from './inputs.ts';
import type { InputKind } from './references.ts';
import { verdictOf, type Verdict } from './verdict.ts';
import { waitingPod, type WaitingPod } from './waiting-pod.ts';
import { writeEvent, writeMark } from './writing.ts';

/** A kubelet's back-off of containers that crash, in milliseconds: doubled each time. */
const BACK_OFF = { first: 10_000, most: 300_000 };

interface Kept {
  pod: WaitingPod;
  /** Something changed while it was judged. */
  again: boolean;
  judging: boolean;
  restart?: NodeJS.Timeout;
}

/** Judges the pods that wait, each time that they or what they are given change, and writes what it finds into their status. */
export class PodKeeper {
  readonly inputs = new Inputs();
  readonly #waiting = new Map<string, Kept>();
  readonly #api: ClusterApi;
  readonly #onError: (error: unknown) => void;
  #allTold = false;

  constructor(api: ClusterApi, onError: (error: unknown) => void) {
    this.#api = api;
    this.#onError = onError;
  }

  /** From now on all Secrets, ConfigMaps and claims are known. */
  allTold(): void {
    this.#allTold = true;
    this.judgeAll();
  }

  podSeen(object: Json): void {
    const pod = waitingPod(object);
    if (pod === null) {
      this.podGone(object);
      return;
    }
    const kept = this.#waiting.get(pod.uid) ?? { pod, again: false, judging: false };
    kept.pod = pod;
    this.#waiting.set(pod.uid, kept);
    this.#judge(kept);
  }

  podGone(object: Json): void {
    const uid = isObject(object) && isObject(object['metadata']) ? object['metadata']['uid'] : undefined;
    if (typeof uid === 'string') this.#forget(uid);
  }

  inputSeen(kind: InputKind, namespace: string, name: string): void {
    for (const kept of this.#waiting.values()) {
      const { pod } = kept;
      if (pod.namespace !== namespace) continue;
      if (pod.references.some((reference) => reference.kind === kind && reference.name === name)) this.#judge(kept);
    }
  }

  judgeAll(): void {
    for (const kept of this.#waiting.values()) this.#judge(kept);
  }

  #forget(uid: string): void {
    clearTimeout(this.#waiting.get(uid)?.restart);
    this.#waiting.delete(uid);
  }

  /** One pod is judged once at a time. */
  #judge(kept: Kept): void {
    if (!this.#allTold) return;
    kept.again = true;
    if (kept.judging) return;
    kept.judging = true;
    void this.#judgeUntilSettled(kept).finally(() => {
      kept.judging = false;
    });
  }

  async #judgeUntilSettled(kept: Kept): Promise<void> {
    try {
      while (kept.again) {
        kept.again = false;
        await this.#judgeOnce(kept);
      }
    } catch (error) {
      this.#onError(error);
    }
  }

  async #judgeOnce(kept: Kept): Promise<void> {
    const { pod } = kept;
    let verdict = this.#verdict(pod);
    if (verdict !== null && isSame(verdict, pod.told)) {
      this.#startAgainLater(kept, verdict);
      return;
    }
    if (verdict !== null) {
      // The watch may be behind: a pod that is followed closely by what it needs is not refused for that.
      await this.#lookAgain(pod);
      verdict = this.#verdict(pod);
    }
    if (this.#waiting.get(pod.uid) !== kept) return;
    await writeMark(this.#api, pod, verdict);
    if (verdict === null) this.#forget(pod.uid);
    else await writeEvent(this.#api, pod, verdict);
  }

  #verdict(pod: WaitingPod): Verdict | null {
    return verdictOf(pod.namespace, pod.references, (reference) => this.inputs.find(pod.namespace, reference));
  }

  async #lookAgain({ namespace, references }: WaitingPod): Promise<void> {
    for (const { kind, name } of references) {
      const found = await this.#api.get(`/api/v1/namespaces/${namespace}/${INPUT_RESOURCES[kind]}/${name}`);
      if (found === null) this.inputs.remove(kind, namespace, name);
      else this.inputs.put(kind, found);
    }
  }

  /** A container that crashed is started again after its back-off, and crashes again. */
  #startAgainLater(kept: Kept, verdict: Verdict, afterMs = BACK_OFF.first): void {
    if (kept.restart !== undefined || verdict.obstacle !== 'CrashLoopBackOff' || !kept.pod.restarts) return;
    kept.restart = setTimeout(() => {
      delete kept.restart;
      const now = this.#verdict(kept.pod);
      if (this.#waiting.get(kept.pod.uid) !== kept || now === null || !isSame(now, kept.pod.told)) return;
      writeMark(this.#api, kept.pod, now).catch(this.#onError);
      this.#startAgainLater(kept, now, Math.min(afterMs * 2, BACK_OFF.most));
    }, afterMs);
  }
}

function isSame(verdict: Verdict, told: Verdict | undefined): boolean {
  return told?.obstacle === verdict.obstacle && told.message === verdict.message;
}
