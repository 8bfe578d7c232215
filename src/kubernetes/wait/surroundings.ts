import { WindlassFailure } from '../../domain/failure.ts';
import type { KindRef, KubernetesApi, KubernetesObject, WatchEvent } from '../../domain/kubernetes-api.ts';
import { isWorkload } from '../status/judge.ts';
import type { Status } from '../status/status.ts';
import { EventNotes, type EventNote } from './event-notes.ts';
import { follow } from './follow.ts';
import { outlineOfOwned } from './outline.ts';
import { Owned, uidOf } from './owned-pods.ts';
import type { Graces, Suspicion } from './suspicion.ts';
import { claimVerdict, unusedClaim } from './verdicts/claim.ts';
import { creationVerdict } from './verdicts/creation.ts';
import { evictionVerdict } from './verdicts/eviction.ts';
import { objectVerdict } from './verdicts/object.ts';
import { podVerdicts } from './verdicts/pod.ts';

const POD = { apiVersion: 'v1', kind: 'Pod' } as const;
const REPLICA_SET = { apiVersion: 'apps/v1', kind: 'ReplicaSet' } as const;
const EVENT = { apiVersion: 'v1', kind: 'Event' } as const;
/** A cluster may hold very many pods that are no concern of ours: few namespaces are asked for one by one. */
const EACH_UP_TO = 4;

/** The pods, ReplicaSets and events around the objects that are waited for, and what they say against them. */
export class Surroundings {
  readonly #api: KubernetesApi;
  readonly #signal: AbortSignal;
  readonly #owned = new Owned();
  readonly #notes = new EventNotes();
  readonly #followed = new Set<string>();
  /** Kinds that may not be read, with the failure's words: then there is no verdict by them, only the time limit. */
  readonly #denied = new Map<string, string>();

  constructor(api: KubernetesApi, signal: AbortSignal) {
    this.#api = api;
    this.#signal = signal;
  }

  /**
   * Follows some namespaces, once each, until the signal aborts: a watch of pods, ReplicaSets and events.
   *
   * @throws what the watches throw, but for a denial.
   */
  async follow(namespaces: Iterable<string>): Promise<void> {
    const fresh = new Set([...namespaces].filter((namespace) => !this.#followed.has(namespace)));
    if (fresh.size === 0) return;
    for (const namespace of fresh) this.#followed.add(namespace);
    await Promise.all([
      this.#follow(POD, fresh, (event) => {
        this.#put(event);
      }),
      this.#follow(REPLICA_SET, fresh, (event) => {
        this.#put(event);
      }),
      this.#follow(EVENT, fresh, ({ type, object }) => {
        if (type !== 'DELETED') this.#notes.add(object);
      }),
    ]);
  }

  /** What is wrong with an object that is not ready, the worst for its pods first. */
  suspicions(object: KubernetesObject, status: Status, graces: Graces): Suspicion[] {
    const own = objectVerdict(object, status, graces);
    if (object.kind === 'PersistentVolumeClaim') return [...own, ...claimVerdict(this.#notesOf(object), graces)];
    if (!isWorkload(object)) return own;
    const pods = this.#owned.currentPods(object);
    const patience = object.kind === 'Job' ? { ...graces, crashMs: graces.jobCrashMs } : graces;
    const sets = object.kind === 'Deployment' ? this.#owned.currentSets(object) : [];
    return [
      ...pods.flatMap((pod) => podVerdicts(pod, this.#notesOf(pod), patience)),
      ...creationVerdict(
        // A Deployment repeats what its older ReplicaSets say too, which may be the very reason for the change.
        sets[0] ?? object,
        [object, ...sets].flatMap((maker) => this.#notesOf(maker)),
        graces,
      ),
      ...evictionVerdict(pods, graces),
      ...own,
    ];
  }

  /** A claim that stays pending for as long as no pod uses it. */
  isUnusedClaim(object: KubernetesObject, status: Status): boolean {
    return (
      object.kind === 'PersistentVolumeClaim' && status.state === 'progressing' && unusedClaim(this.#notesOf(object))
    );
  }

  #notesOf(object: KubernetesObject): readonly EventNote[] {
    return this.#notes.of(object.metadata.uid);
  }

  /** What could not be looked at, for whoever reads why there was no verdict. */
  denials(): readonly string[] {
    return [...this.#denied].map(([kind, message]) => `(no verdict by ${kind}: ${message})`);
  }

  #put({ type, object }: WatchEvent): void {
    if (type === 'DELETED') this.#owned.remove(uidOf(object));
    else this.#owned.put(outlineOfOwned(object));
  }

  async #follow(kind: KindRef, namespaces: ReadonlySet<string>, see: (event: WatchEvent) => void): Promise<void> {
    try {
      await follow(this.#api, kind, { namespaces, eachUpTo: EACH_UP_TO, signal: this.#signal }, see);
    } catch (error) {
      if (!(error instanceof WindlassFailure) || error.type !== 'AccessDenied') throw error;
      this.#denied.set(WORDS[kind.kind] ?? kind.kind, error.message);
    }
  }
}

const WORDS: Readonly<Record<string, string>> = { Pod: 'pods', ReplicaSet: 'ReplicaSets', Event: 'events' };
