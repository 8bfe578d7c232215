import { createHash } from 'node:crypto';
import type { Bundle } from '../../../../src/domain/bundle.ts';
import { compareTexts } from '../../../../src/domain/compare.ts';
import { canonicalJson, jsonText, type Json } from '../../../../src/domain/json.ts';
import { isList, isObject } from '../../../../src/domain/json-fields.ts';
import { runKey } from '../../../../src/velero/backup/objects.ts';
import { bucketsOf } from './buckets.ts';
import { databasesOf } from './databases.ts';
import { Neutral, settingsAsWords } from './neutral.ts';
import { objectsOf, type Generated } from './objects.ts';
import { schedulerOf } from './scheduler.ts';

/** All that a rollout left in a lab, by name: `Deployment data-platform/trino`, `database superset`, `bucket raw`. */
export type PlatformState = ReadonlyMap<string, Json>;

/**
 * Reads everything in a lab: objects, databases, buckets, the scheduler. What is of one lab or one run alone is not in it (settings, uids,
 * moments, numbers that servers count), so that what two runs left on two labs can be compared.
 *
 * @param run of the rollout, whose id is in what it wrote.
 */
export async function platformState(
  env: Readonly<Record<string, string>>,
  bundle: Bundle,
  run: string,
): Promise<PlatformState> {
  const neutral = new Neutral(new Map([...settingsAsWords(env), [run, '<run>'], ...runKeysOf(bundle, run)]));
  const parts = await Promise.all([
    objectsOf(env, neutral, generatedBy(bundle)),
    databasesOf(env, neutral),
    bucketsOf(env, neutral),
    schedulerOf(env),
  ]);
  return new Map(parts.flatMap((part) => [...part]));
}

/** One digest of all of it. */
export function stateDigest(state: PlatformState): string {
  return createHash('sha256')
    .update(canonicalJson([...state].toSorted(([a], [b]) => compareTexts(a, b))))
    .digest('hex');
}

/** A state as a text that can be looked at. */
export function stateText(state: PlatformState): string {
  return jsonText(Object.fromEntries(state));
}

/** How many differing places of one thing are told. */
const TOLD = 5;
const LONGEST = 120;

/** What differs between two states, each by its name and the place in it. */
export function differences(expected: PlatformState, found: PlatformState): readonly string[] {
  const names = [...new Set([...expected.keys(), ...found.keys()])].toSorted(compareTexts);
  return names.flatMap((name) => {
    const [a, b] = [expected.get(name), found.get(name)];
    if (b === undefined) return [`${name}: missing`];
    if (a === undefined) return [`${name}: not there in the undisturbed run`];
    return places(a, b, '')
      .slice(0, TOLD)
      .map((place) => `${name}${place}`);
  });
}

function places(a: Json | undefined, b: Json | undefined, at: string): readonly string[] {
  if (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b)) return [];
  if (isList(a) && isList(b)) {
    const [gone, come] = [a, b].map((list) => new Set(list.map((item) => canonicalJson(item))));
    const only = (list: readonly Json[], others: ReadonlySet<string> | undefined, word: string) =>
      list.filter((item) => others?.has(canonicalJson(item)) !== true).map((item) => `${at} ${word} ${shown(item)}`);
    return [...only(a, come, 'lacks'), ...only(b, gone, 'has')];
  }
  if (isObject(a) && isObject(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      places(a[key], b[key], `${at}.${key}`),
    );
  return [`${at}: ${shown(a)} and not ${shown(b)}`];
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? 'nothing' : jsonText(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** What names of backups hold of the step and run that made them. */
function runKeysOf(bundle: Bundle, run: string): readonly (readonly [string, string])[] {
  const { rollout, environment } = bundle;
  return bundle.phases.flatMap(({ name: phase, steps }) =>
    steps.map(
      ({ name: step }) =>
        [runKey({ rollout, environment, bundle: '', run, phase, step }), `<run of ${phase}/${step}>`] as const,
    ),
  );
}

function generatedBy(bundle: Bundle): Generated {
  const steps = bundle.phases.flatMap((phase) => phase.steps);
  return new Map(
    steps.flatMap((step) =>
      step.kind === 'kubernetes.secret'
        ? [[`${step.with.namespace}/${step.with.name}`, new Map(Object.entries(step.with.generate))] as const]
        : [],
    ),
  );
}
