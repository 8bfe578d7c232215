import type { Json } from '../domain/json.ts';
import { read, readNumber, readText, readTexts } from '../domain/json-fields.ts';

/** Reads fields of what the API server or Velero wrote, which may lack any of them; an empty text is none. */
export function textAt(value: Json | undefined, key: string): string | null {
  const found = readText(value, key);
  return found === undefined || found === '' ? null : found;
}

export function numberAt(value: Json | undefined, key: string): number {
  return readNumber(value, [key], 0);
}

export function textsAt(value: Json | undefined, key: string): readonly string[] {
  return readTexts(value, key);
}

export function fieldAt(value: Json | undefined, key: string): Json | undefined {
  return read(value, key);
}
