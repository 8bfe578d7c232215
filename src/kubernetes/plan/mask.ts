import { jsonText, type Json } from '../../domain/json.ts';
import type { KindRef } from '../../domain/kubernetes-api.ts';
import { isSecretKind } from '../identity.ts';

const MASK = '***';
const LONGEST = 80;

/** Names behind which people keep secrets where they should not; what is live may well have been made by hand. */
const SECRETIVE =
  /pass(word|wd|phrase)?|secret|token|credential|private|api[-_]?key|access[-_]?key|dsn|connection[-_]?string/i;

/** How a value of an object may be shown: Secrets not at all, and of other objects nothing that looks like a secret. */
export function shown(kind: KindRef, path: readonly string[], value: Json | undefined): string {
  if (value === undefined) return '(absent)';
  if (isHidden(kind, path)) return MASK;
  const text = jsonText(masked(value));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function isHidden(kind: KindRef, path: readonly string[]): boolean {
  if (isSecretKind(kind)) return path[0] !== 'metadata' || path[1] === 'annotations';
  // The annotation of client-side apply repeats the whole object.
  if (path.some((step) => step.includes('last-applied-configuration'))) return true;
  const name = path.at(-1) === 'value' ? path.at(-2) : path.at(-1);
  return name !== undefined && isSecretive(name);
}

/** References to Secrets (`secretName`, `secretKeyRef`) name them; they hold nothing. */
function isSecretive(step: string): boolean {
  return SECRETIVE.test(step) && !/^(imagePull)?secrets?(Name|Ref|KeyRef|s)?$|serviceAccountToken/i.test(step);
}

/** The same inside values that are shown whole: an added container brings its environment along. */
function masked(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(masked);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    maskedEntry(value as Record<string, Json>, key, item),
  ]);
  return Object.fromEntries(entries) as Json;
}

function maskedEntry(owner: Record<string, Json>, key: string, item: Json): Json {
  const name = owner.name;
  const secretive = key === 'value' && typeof name === 'string' ? isSecretive(name) : isSecretive(key);
  return secretive && typeof item !== 'object' ? MASK : masked(item);
}
