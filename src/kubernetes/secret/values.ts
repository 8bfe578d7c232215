import { randomInt } from 'node:crypto';
import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { canonicalJson, type Json } from '../../domain/json.ts';
import { ALPHABETS, type GeneratedValue, type KubernetesSecretSpec } from '../../domain/kinds/kubernetes-secret.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { referenceLabel } from '../../domain/reference.ts';
import { jsonIn, readObject, readText } from '../../domain/json-fields.ts';

/**
 * Says with which token each generated value was made.
 *
 * @internal exported for its tests
 */
export const ROTATED = 'windlass.dev/rotated';

/** What is to be done about one key, in words that hold no value. */
export interface KeyWork {
  readonly key: string;
  /** Null when the live value is the right one already. */
  readonly line: string | null;
  /** True when a value goes that nobody else has. */
  readonly loses: boolean;
}

/** The values of a Secret, base64. Never leaves the engine but to the API server. */
export interface Values {
  readonly data: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
  readonly work: readonly KeyWork[];
  /** Keys of the live Secret that hold a placeholder. */
  readonly placeholders: ReadonlySet<string>;
}

/**
 * The values that a Secret is to have: those of references as they are now; generated ones as they are in the live
 * Secret, or made up where it has none, a placeholder, or another token is asked for.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, also for an empty value.
 */
export async function valuesOf(
  spec: KubernetesSecretSpec,
  live: KubernetesObject | null,
  resolve: EngineContext['resolve'],
): Promise<Values> {
  const data: Record<string, string> = {};
  const work: KeyWork[] = [];
  const has = (key: string): string | undefined => readText(live ?? undefined, 'data', key);
  const placeholders = placeholdersIn(live, spec);
  for (const [key, reference] of Object.entries(spec.data)) {
    const value = await resolve(reference);
    if (value === '') throw empty(key, referenceLabel(reference), spec);
    data[key] = Buffer.from(value).toString('base64');
    const how = has(key) === undefined ? 'set' : placeholders.has(key) ? 'set in place of a placeholder' : 'changed';
    const what = `data.${key}: ${how} to the value of ${referenceLabel(reference)}`;
    work.push({ key, line: data[key] === has(key) ? null : what, loses: false });
  }
  const before = tokensOf(live);
  const tokens: Record<string, string> = {};
  for (const [key, rule] of Object.entries(spec.generate)) {
    if (rule.rotate !== undefined) tokens[key] = rule.rotate;
    const now = placeholders.has(key) ? '' : (has(key) ?? '');
    const rotates = now !== '' && rule.rotate !== undefined && rule.rotate !== before[key];
    const kept = now !== '' && !rotates;
    data[key] = kept ? now : Buffer.from(generate(rule)).toString('base64');
    const how = `${String(rule.length)} characters, ${rule.alphabet}`;
    const made = rotates ? `rotated (${how}): the value from before is lost` : `generated (${how})`;
    work.push({ key, line: kept ? null : `data.${key}: ${made}`, loses: rotates });
  }
  const annotations = Object.keys(tokens).length === 0 ? {} : { [ROTATED]: canonicalJson(tokens) };
  return { data, annotations, work, placeholders };
}

function placeholdersIn(live: KubernetesObject | null, { placeholders }: KubernetesSecretSpec): ReadonlySet<string> {
  const encoded = new Set(placeholders.map((text) => Buffer.from(text).toString('base64')));
  const data = Object.entries(readObject(live ?? undefined, 'data'));
  return new Set(data.flatMap(([key, value]) => (typeof value === 'string' && encoded.has(value) ? [key] : [])));
}

/** Each character is drawn evenly, from a generator that is fit for secrets. */
function generate({ length, alphabet }: GeneratedValue): string {
  const characters = ALPHABETS[alphabet];
  return Array.from({ length }, () => characters.charAt(randomInt(characters.length))).join('');
}

/** Whoever wrote something else into the annotation has no token of ours there. */
function tokensOf(live: KubernetesObject | null): Readonly<Record<string, Json>> {
  return readObject(jsonIn(live?.metadata.annotations?.[ROTATED] ?? ''));
}

function empty(key: string, label: string, { namespace, name }: KubernetesSecretSpec): WindlassFailure {
  return new WindlassFailure('ReferenceUnresolved', `The value of key ${key} is empty.`, {
    object: `Secret ${namespace}/${name}`,
    next: `Put the value into the ${label}.`,
  });
}
