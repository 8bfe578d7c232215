import type { Json } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readText } from '../../domain/json-fields.ts';

type Probe = 'Startup' | 'Liveness' | 'Readiness';

/** What is kept of an event. */
export interface EventNote {
  readonly reason: string;
  readonly message: string;
  readonly warning: boolean;
  /** The container it speaks of. */
  readonly container: string | undefined;
  /** The probe that failed; null for what tells of none. */
  readonly probe: Probe | null;
  /** When it was last seen, in milliseconds since the epoch by the cluster's clock, to the second. */
  readonly at: number;
}

/** Normal events that a verdict needs: they say that trouble is over, or that there is a reason to wait. */
const NEEDED = new Set([
  'FailedBinding',
  'Nominated',
  'ProvisioningSucceeded',
  'SuccessfulCreate',
  'TriggeredScaleUp',
  'WaitForFirstConsumer',
  'WaitForPodScheduled',
]);
const OBJECTS = 20_000;
const NOTES = 16;

/** The latest event of each kind by object; the oldest objects are forgotten, so that a storm of events stays bounded. */
export class EventNotes {
  readonly #byObject = new Map<string, Map<string, EventNote>>();

  add(event: KubernetesObject): void {
    const uid = readText(event, 'involvedObject', 'uid');
    const note = noteOf(event);
    if (uid === undefined || uid === '' || (!note.warning && !NEEDED.has(note.reason))) return;
    const notes = this.#byObject.get(uid) ?? new Map<string, EventNote>();
    this.#byObject.delete(uid);
    this.#byObject.set(uid, notes);
    // What is added again counts as the newest: maps keep the order of insertion. Each probe is a trouble of its own.
    const key = `${note.reason}/${note.container ?? ''}/${note.probe ?? ''}`;
    if ((notes.get(key)?.at ?? 0) > note.at) return;
    notes.delete(key);
    notes.set(key, note);
    dropOldest(notes, NOTES);
    dropOldest(this.#byObject, OBJECTS);
  }

  of(uid: string | undefined): readonly EventNote[] {
    return [...(this.#byObject.get(uid ?? '')?.values() ?? [])];
  }
}

/** The latest of some events; undefined when there is none of these reasons. */
export function latest(notes: readonly EventNote[], ...reasons: readonly string[]): EventNote | undefined {
  return notes
    .filter(({ reason }) => reasons.includes(reason))
    .reduce<EventNote | undefined>((a, b) => (a === undefined || b.at >= a.at ? b : a), undefined);
}

function noteOf(event: KubernetesObject): EventNote {
  const reason = readText(event, 'reason') ?? '';
  const message = readText(event, 'message') ?? '';
  return {
    reason,
    message,
    probe: reason === 'Unhealthy' ? probeOf(message) : null,
    warning: readText(event, 'type') === 'Warning',
    container: /\{(.+)\}$/.exec(readText(event, 'involvedObject', 'fieldPath') ?? '')?.[1],
    at: timeOf(event),
  };
}

/** As the kubelet begins the message of a probe that fails (pkg/kubelet/prober). */
function probeOf(message: string): Probe | null {
  const [, kind] = /^(Startup|Liveness|Readiness) probe\b/.exec(message) ?? [];
  return (kind ?? null) as Probe | null;
}

/** Events of the newer API count in a series; those of the older one have a last timestamp. */
function timeOf(event: Json): number {
  const times = [
    readText(event, 'series', 'lastObservedTime'),
    readText(event, 'lastTimestamp'),
    readText(event, 'eventTime'),
    readText(event, 'metadata', 'creationTimestamp'),
  ];
  const parsed = times.map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time));
  return parsed[0] ?? 0;
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
