import type { Json } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readText } from '../../domain/json-fields.ts';

/** What is kept of an event. */
export interface EventNote {
  readonly reason: string;
  readonly message: string;
  readonly warning: boolean;
  /** The container it speaks of. */
  readonly container: string | undefined;
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
    const probe = note.reason === 'Unhealthy' ? (note.message.split(' ', 1)[0] ?? '') : '';
    const key = `${note.reason}/${note.container ?? ''}/${probe}`;
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
  return {
    reason: readText(event, 'reason') ?? '',
    message: readText(event, 'message') ?? '',
    warning: readText(event, 'type') === 'Warning',
    container: /\{(.+)\}$/.exec(readText(event, 'involvedObject', 'fieldPath') ?? '')?.[1],
    at: timeOf(event),
  };
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
