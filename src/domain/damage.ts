import type { RecordBody, RecordEntry } from './record-entry.ts';

/** What is wrong with a damaged entry. */
export type Damage =
  /** Its id is there, and what it names is not. */
  | 'gone'
  /** It is there, and its id is not: the id was deleted, or the append was cut off. */
  | 'unlisted'
  /** It is not what was written under its name. */
  | 'changed'
  /** It is what was written, and no entry of a record. */
  | 'malformed'
  /** It is an entry of another rollout, environment, run or id. */
  | 'misplaced'
  | 'too large'
  /** The store does not give it out. */
  | 'unreadable'
  /** It is of a type that this version does not know. */
  | 'unknown'
  /** No worker has sealed it, where the keys of workers are named. */
  | 'unsealed'
  /** Its seal is of a key that is not named, or not over what it says. */
  | 'bad seal';

/** An entry of the record that does not read, or a folder of the store whose entries cannot even be listed. */
export interface DamagedEntry {
  readonly environment: string;
  readonly rollout: string;
  /** Run id, as the store has it; null for a folder above those of runs. */
  readonly run: string | null;
  /** What it was an entry of; null where that cannot be told. */
  readonly type: RecordBody['type'] | null;
  /** Its key in the store. */
  readonly object: string;
  readonly damage: Damage;
  /** Why it does not read, in words that follow on the key: `is not what was written`. Free of what it holds. */
  readonly why: string;
}

/** What a reading of the record came to: a damaged entry never takes the others along. */
export interface RecordReading {
  /** Sorted by time, then by id. */
  readonly entries: readonly RecordEntry[];
  /** Sorted by key. */
  readonly damaged: readonly DamagedEntry[];
}

/** What nobody can tell for sure while an entry of this type does not read. */
const UNCERTAIN: Readonly<Record<RecordBody['type'], string>> = {
  start: 'who started the run, and whether that was signed',
  plan: 'what a step was going to change',
  gate: 'what was shown to whoever decided',
  decision: 'who approved or rejected what',
  command: 'who retried, aborted or cancelled what',
  applied: 'what a step changed',
  evidence: 'what was found, and so whether a backup was proven or refuted',
  measures: 'what was measured before or after the run',
  looks: 'what was seen of the readiness',
  readiness: 'how ready the platform was',
  drift: 'what had drifted when somebody looked',
  parked: 'why a step failed',
  verdict: 'how the run ended',
  drill: 'whether a drill proved a backup or refuted it',
  witness: 'whether a scheduled backup was given something to hold',
  stale: 'whether it was told that a proof has grown too old',
  heal: 'whether somebody healed the lock of a target',
  freeze: 'whether the environment was frozen by hand',
  notification: 'whether a webhook was told',
};

/** What a damaged entry makes uncertain. */
export function uncertainOf({ type }: Pick<DamagedEntry, 'type'>): string {
  return type === null ? 'anything that an entry can say' : UNCERTAIN[type];
}

export function isBodyType(text: string): text is RecordBody['type'] {
  return Object.hasOwn(UNCERTAIN, text);
}

/** A damaged entry in one line: `record/lab/shop/run-1/ids/start-1f names an entry that is gone`. */
function damageLine({ object, why }: DamagedEntry): string {
  return `${object} ${why}`;
}

/** How many damaged entries a page or a terminal names; the others are counted. */
const NAMED = 20;

/** The damaged entries, each with what it makes uncertain, for people: nothing where all read. */
export function damageLines(damaged: readonly DamagedEntry[]): readonly string[] {
  const more = damaged.length - NAMED;
  return [
    ...damaged.slice(0, NAMED).map((one) => `${damageLine(one)}: uncertain is ${uncertainOf(one)}`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

/** How many entries do not read, with the first that does not: for a sentence; empty when all read. */
export function damageNote(damaged: readonly DamagedEntry[]): string {
  const [first] = damaged;
  if (first === undefined) return '';
  const others = damaged.length === 1 ? '' : `, and ${damaged.length - 1} more`;
  return `${damaged.length} of the record's entries ${damaged.length === 1 ? 'does' : 'do'} not read (${damageLine(first)}${others})`;
}
