import type { Json } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isList, isObject, read, readList, readText } from '../../domain/json-fields.ts';
import { conditionLine, truthOf } from './status.ts';

/** Where operators put a word for how far they are. */
const WORDS = ['phase', 'state', 'status', 'health', 'currentState', 'PostgresClusterStatus', 'updateStatus', 'stage'];
const SHOWN = 3;

/**
 * What an object says of itself, whoever wrote it: its phase, its conditions, its error. Those conditions come first that
 * are not true, or have a message: they are what an operator complains of. Null when it says nothing.
 */
export function ownWords(object: KubernetesObject): string | null {
  const { status } = object;
  if (typeof status === 'string') return status === '' ? null : `status ${status}`;
  if (!isObject(status)) return null;
  const phase = WORDS.flatMap((key) => {
    const word = readText(status, key) ?? readText(status, 'applicationState', key);
    return word ? [`${key} ${word}`] : [];
  });
  const error = [
    readText(status, 'message'),
    messageOf(read(status, 'error')),
    readText(status, 'reconciliationStatus', 'error'),
  ];
  const words = [...phase, ...conditionWords(status), ...error.filter((text) => text !== undefined && text !== '')];
  return words.length === 0 ? null : words.join(', ');
}

function conditionWords(status: Json): string[] {
  // Routes and policies of the Gateway API have their conditions per parent, listeners per listener.
  const groups = ['parents', 'ancestors', 'listeners'].flatMap((key) => readList(status, key));
  const conditions = [status, ...groups].flatMap((holder) => readList(holder, 'conditions'));
  const untrue = conditions.filter((condition) => truthOf(condition) !== 'True');
  const worded = conditions.filter((condition) => readText(condition, 'message') && !untrue.includes(condition));
  const telling = [...untrue, ...worded];
  const chosen = telling.length > 0 ? telling : conditions;
  const more = chosen.length > SHOWN ? [`${String(chosen.length - SHOWN)} more conditions`] : [];
  return [...chosen.slice(0, SHOWN).map(conditionLine), ...more];
}

function messageOf(error: Json | undefined): string | undefined {
  if (typeof error === 'string') return error;
  return isObject(error) && !isList(error) ? readText(error, 'message') : undefined;
}
