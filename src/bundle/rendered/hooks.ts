import type { HookFate } from '../../domain/kinds/helm-release.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { RenderedDocument } from '../../domain/rendering.ts';
import { sha256 } from '../../store/sha256.ts';
import { canonicalJson } from '../../domain/json.ts';
import { fieldsOf } from '../draft.ts';
import { didYouMean } from '../../domain/suggest.ts';
import { objectLabel } from './repeatable.ts';

/** Documents that one step applies. */
export interface HookGroup {
  readonly weight: number;
  readonly documents: readonly RenderedDocument[];
}

/** A chart's documents, told apart by when they are applied. */
export interface Arranged {
  readonly before: readonly HookGroup[];
  readonly main: readonly RenderedDocument[];
  readonly after: readonly HookGroup[];
  /** Left out without being asked for: tests of the chart. */
  readonly tests: readonly string[];
  readonly problems: readonly HookProblem[];
}

interface HookProblem {
  /** The key under `hooks` that it is about; null for a hook that none is about. */
  readonly key: string | null;
  readonly message: string;
}

/** Which fates each kind of hook can have besides `skip`. Deletion and rollback are no part of a rollout. */
const FATES: Readonly<Record<string, HookFate>> = {
  'pre-install': 'before',
  'pre-upgrade': 'before',
  'post-install': 'after',
  'post-upgrade': 'after',
};
const TESTS = ['test', 'test-success', 'test-failure'];

/** Arranges what a chart rendered to, as the step says about its hooks; a hook that it says nothing about is a problem. */
export function arrangeHooks(
  documents: readonly RenderedDocument[],
  fates: Readonly<Record<string, HookFate>>,
): Arranged {
  const used = new Set<string>();
  const problems: HookProblem[] = [];
  const main: RenderedDocument[] = [];
  const tests: string[] = [];
  const hooks: Record<'before' | 'after', { weight: number; document: RenderedDocument }[]> = { before: [], after: [] };
  for (const document of documents) {
    const events = eventsOf(document.value);
    if (events.length === 0) main.push(document);
    else if (events.every((event) => TESTS.includes(event)))
      tests.push(`${objectLabel(document.value)} (${document.source})`);
    else {
      const label = `${objectLabel(document.value)} (${document.source}) is a ${events.join(', ')} hook`;
      const possible = [...new Set(events.flatMap((event) => FATES[event] ?? []))];
      const key = keysOf(document.value).find((name) => Object.hasOwn(fates, name));
      if (key !== undefined) used.add(key);
      const fate = key === undefined ? undefined : fates[key];
      const choice = [...possible, 'skip'].join(' or ');
      const name = keysOf(document.value)[1] ?? '';
      if (fate === undefined)
        problems.push({
          key: null,
          message: `${label}: say what becomes of it, as in hooks: { ${name}: ${possible[0] ?? 'skip'} } (${choice})`,
        });
      else if (fate === 'skip') continue;
      else if (possible.includes(fate))
        hooks[fate].push({ weight: weightOf(document.value), document: named(document) });
      else problems.push({ key: key ?? null, message: `${label}, which cannot be ${fate}: only ${choice}` });
    }
  }
  const names = documents.filter(({ value }) => eventsOf(value).length > 0).flatMap(({ value }) => keysOf(value));
  for (const key of Object.keys(fates))
    if (!used.has(key) && !problems.some((problem) => problem.key === key))
      problems.push({ key, message: `the chart renders no hook "${key}"${didYouMean(key, names)}` });
  return { before: inGroups(hooks.before), main, after: inGroups(hooks.after), tests, problems };
}

function inGroups(hooks: readonly { weight: number; document: RenderedDocument }[]): readonly HookGroup[] {
  const groups = Map.groupBy(hooks, ({ weight }) => weight);
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([weight, members]) => ({ weight, documents: members.map(({ document }) => document) }));
}

function annotation(value: JsonObject, name: string): string {
  const found = fieldsOf(value, 'metadata', 'annotations')[name];
  return typeof found === 'string' ? found : '';
}

function eventsOf(value: JsonObject): readonly string[] {
  return annotation(value, 'helm.sh/hook')
    .split(',')
    .map((event) => event.trim())
    .filter((event) => event !== '');
}

function weightOf(value: JsonObject): number {
  const weight = Number.parseInt(annotation(value, 'helm.sh/hook-weight'), 10);
  return Number.isNaN(weight) ? 0 : weight;
}

/** `Job/migrate` before `migrate`: the narrower key wins. */
function keysOf(value: JsonObject): readonly string[] {
  const { kind } = fieldsOf(value);
  const { name } = fieldsOf(value, 'metadata');
  return [`${String(kind)}/${String(name)}`, String(name)];
}

/**
 * A Job or Pod runs once under its name and cannot be changed. With its content in the name, one that was changed runs
 * beside the one that is done, and one that was not changed does not run again.
 */
function named(document: RenderedDocument): RenderedDocument {
  const { value } = document;
  const { name } = fieldsOf(value, 'metadata');
  if ((value['kind'] !== 'Job' && value['kind'] !== 'Pod') || typeof name !== 'string') return document;
  const suffix = sha256(canonicalJson(value)).slice(0, 8);
  const metadata = {
    ...(value['metadata'] as JsonObject),
    name: `${name.slice(0, 54).replace(/[-.]+$/, '')}-${suffix}`,
  };
  return { ...document, value: { ...value, metadata } };
}
