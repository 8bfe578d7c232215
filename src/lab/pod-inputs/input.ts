import { Buffer } from 'node:buffer';
import type { Json } from '../../domain/json.ts';
import { readObject, readText } from '../../domain/json-fields.ts';
import { DAMAGED, PLACEHOLDER } from './mark.ts';
import type { InputKind } from './references.ts';

/** What is kept of a Secret, ConfigMap or claim: no value. */
export interface Input {
  /** Its keys, and whether the value of each is, or holds, the placeholder. */
  readonly keys: ReadonlyMap<string, boolean>;
  /** What is wrong with the data of a claim; null when nothing is. */
  readonly damaged: string | null;
}

export function inputOf(object: Json, kind: InputKind): Input {
  const keys = new Map<string, boolean>();
  for (const [key, value] of Object.entries(readObject(object, 'data'))) {
    const text =
      typeof value !== 'string' ? '' : kind === 'Secret' ? Buffer.from(value, 'base64').toString('latin1') : value;
    keys.set(key, text.includes(PLACEHOLDER));
  }
  for (const key of Object.keys(readObject(object, 'binaryData'))) keys.set(key, false);
  return { keys, damaged: readText(object, 'metadata', 'annotations', DAMAGED) ?? null };
}
