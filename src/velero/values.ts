import type { Json } from '../domain/json.ts';
import { isObject } from '../domain/json-fields.ts';

/** Reads fields of what the API server or Velero wrote, which may lack any of them. */
export function textAt(value: Json | undefined, key: string): string | null {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' && found !== '' ? found : null;
}

export function numberAt(value: Json | undefined, key: string): number {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'number' ? found : 0;
}

export function textsAt(value: Json | undefined, key: string): readonly string[] {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found.filter((item) => typeof item === 'string') : [];
}

export function fieldAt(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) ? value[key] : undefined;
}
