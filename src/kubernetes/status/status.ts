import type { Json } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { read, readList, readNumber, readText } from '../../domain/json-fields.ts';

/**
 * How far an object is, by its own account. `progressing` may become ready by itself, `failed` will not, `terminating`
 * is on its way out; `unknown` means that nothing in the object tells, which is never taken for ready. docs/status.md
 * has the rule of every kind.
 */
export interface Status {
  readonly state: 'ready' | 'progressing' | 'failed' | 'terminating' | 'unknown';
  readonly reason: string;
  /** It waits for nothing but being resumed by whoever paused it. */
  readonly paused?: true;
}

/** Judges one object, by that object alone. */
export type Judge = (object: KubernetesObject) => Status;

export function ready(reason: string): Status {
  return { state: 'ready', reason };
}

export function progressing(reason: string): Status {
  return { state: 'progressing', reason };
}

export function failed(reason: string): Status {
  return { state: 'failed', reason };
}

export function terminating(reason: string): Status {
  return { state: 'terminating', reason };
}

export function unknown(reason: string): Status {
  return { state: 'unknown', reason };
}

export interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** False when the condition tells of an older generation than the object's: some kinds say so per condition. */
  readonly current: boolean;
}

/** A condition of the status; null when the object has none of that type. */
export function conditionOf(object: KubernetesObject, type: string): Condition | null {
  return conditionAmong(readList(object, 'status', 'conditions'), type, object.metadata.generation ?? 0);
}

/** A condition of a list that is kept elsewhere than under `status.conditions`. */
export function conditionAmong(conditions: readonly Json[], type: string, generation: number): Condition | null {
  const found = conditions.find((condition) => readText(condition, 'type') === type);
  return found === undefined ? null : asCondition(found, generation);
}

function asCondition(condition: Json, generation: number): Condition {
  return {
    status: truthOf(condition),
    reason: readText(condition, 'reason') ?? '',
    message: readText(condition, 'message') ?? '',
    current: (generationOf(read(condition, 'observedGeneration')) ?? Infinity) >= generation,
  };
}

/** `True`, `False` or `Unknown`; some operators write a truth where the convention wants a text. */
export function truthOf(condition: Json): string {
  const status = read(condition, 'status');
  if (typeof status === 'boolean') return status ? 'True' : 'False';
  return typeof status === 'string' ? status : '';
}

/** A generation as it is written; some operators (Argo Rollouts) write it as a text. */
function generationOf(value: Json | undefined): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null;
}

/** A condition in words: its reason and message, as far as it has them. */
export function conditionText(type: string, condition: Condition): string {
  const words = [condition.reason, condition.message].filter((word) => word !== '').join(': ');
  return `${type} is ${condition.status}${words === '' ? '' : ` (${words})`}`;
}

/** Any condition in words, with its type. */
export function conditionLine(condition: Json): string {
  return conditionText(readText(condition, 'type') ?? 'a condition', asCondition(condition, 0));
}

/**
 * True when the controller has not yet seen the latest spec, so that nothing else in the status can be trusted. A
 * controller that does not report `observedGeneration` at all is believed, unless `required`.
 */
export function isStale(object: KubernetesObject, required: boolean): boolean {
  const generation = object.metadata.generation;
  if (generation === undefined) return false;
  const observed = generationOf(read(object, 'status', 'observedGeneration'));
  return observed === null ? required : observed < generation;
}

export const STALE = progressing('its controller has not seen the latest change yet');

/** A number of the status; the API server leaves zeros out. */
export function statusCount(object: KubernetesObject, field: string): number {
  return readNumber(object, ['status', field], 0);
}
