import type { Board, Variable } from './read/board.ts';

/** What a variable stands for: several values at once, or one of them at a time. */
export interface StandsFor {
  readonly values: readonly string[];
  readonly many: boolean;
}

/** How the values of a variable are had. */
export type Source =
  | { readonly from: 'text'; readonly values: readonly string[] }
  | { readonly from: 'label'; readonly label: string; /** Of which series; null: of all. */ readonly of: string | null }
  | { readonly from: 'names'; readonly pattern: string }
  | { readonly from: 'labels' }
  | { readonly from: 'result'; readonly expr: string }
  /** Stands in no query: a data source, filters by hand. */
  | { readonly from: 'nothing' }
  | { readonly from: 'unknown'; readonly why: string };

/** A duration for `auto`, and where an interval offers none. */
const AUTO = '1m';

/**
 * How the values of a variable are had, by its type.
 *
 * @param query what it asks, the variables in it substituted.
 */
export function sourceOf({ type, query: written, elsewhere }: Variable, query = written): Source {
  switch (type) {
    case 'query':
      return elsewhere === null ? queried(query) : { from: 'unknown', why: `it asks a ${elsewhere}, not metrics` };
    case 'interval':
      return { from: 'text', values: durationsIn(query) };
    case 'custom':
      return { from: 'text', values: optionsIn(query) };
    case 'constant':
    case 'textbox':
      return { from: 'text', values: [query] };
    case 'datasource':
    case 'adhoc':
    case 'groupby':
      return { from: 'nothing' };
    default:
      return { from: 'unknown', why: `nobody knows what a variable of type ${JSON.stringify(type)} stands for` };
  }
}

/** The functions that Grafana knows for variables of Prometheus. */
function queried(query: string): Source {
  const text = query.trim();
  const values = /^label_values\((?:([\s\S]+),)?\s*([A-Za-z_]\w*)\s*\)$/.exec(text);
  if (values !== null) return { from: 'label', label: values[2] ?? '', of: values[1]?.trim() ?? null };
  const names = /^metrics\(([\s\S]*)\)$/.exec(text);
  if (names !== null) return { from: 'names', pattern: names[1] ?? '' };
  if (/^label_names\(\)$/.test(text)) return { from: 'labels' };
  const result = /^query_result\(([\s\S]+)\)$/.exec(text);
  return { from: 'result', expr: result?.[1] ?? text };
}

/** `1m,10m` */
function durationsIn(query: string): readonly string[] {
  const all = query.split(',').map((one) => one.trim());
  const durations = all.filter((one) => /^\d+(ms|[smhdwy])$/.test(one));
  return durations.length === 0 ? [AUTO] : durations;
}

/** `Production : prod, staging` */
function optionsIn(query: string): readonly string[] {
  const options = query.split(/(?<!\\),/).map((one) => one.replaceAll('\\,', ',').trim());
  return options.filter((one) => one !== '').map((one) => / : (.+)$/.exec(one)?.[1]?.trim() ?? one);
}

/** What is left of answers by a variable's `regex`, as Grafana reads it: a group in it is what is taken. */
export function filtered({ regex }: Variable, answers: readonly string[]): readonly string[] {
  const [, pattern, flags] = /^\/(.*)\/([a-z]*)$/s.exec(regex) ?? [];
  if (pattern === undefined) return answers;
  let compiled: RegExp;
  try {
    compiled = new RegExp(pattern, flags?.replaceAll('g', ''));
  } catch {
    return [];
  }
  const found = answers.flatMap((answer) => {
    const match = compiled.exec(answer);
    return match === null ? [] : [match.groups?.['value'] ?? match[1] ?? match[0]];
  });
  return [...new Set(found)];
}

/** How a variable stands once its values are known: as it was saved where that is among them. */
export function standsFor({ many, current }: Variable, values: readonly string[]): StandsFor {
  const saved = current.filter((value) => values.includes(value));
  if (many) return { many, values: saved.length > 0 ? saved : values };
  return { many, values: [...saved, ...values.filter((value) => !saved.includes(value))] };
}

const REFERENCE = /\$\{(\w+)(?:\.[^:}]+)?(?::(\w+))?[^}]*\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)/g;

/** The variables that a text names. */
export function namesIn(text: string): readonly string[] {
  return [
    ...new Set([...text.matchAll(REFERENCE)].map(([, braced, , bracketed, , bare]) => nameOf(braced, bracketed, bare))),
  ];
}

function nameOf(...names: readonly (string | undefined)[]): string {
  return names.find((name) => name !== undefined) ?? '';
}

/** How many values of a variable that stands for one at a time are tried. */
export const MOST_TRIED = 20;

/**
 * A text with its variables replaced, as Grafana does for Prometheus.
 *
 * @param at which of the values is taken where only one can be: from 0; the last where there are fewer.
 */
export function substituted(text: string, standings: ReadonlyMap<string, StandsFor>, at: number): string {
  return text.replaceAll(REFERENCE, (whole, ...groups: readonly (string | undefined)[]) => {
    const [braced, bracedFormat, bracketed, bracketedFormat, bare] = groups;
    const found = standings.get(nameOf(braced, bracketed, bare));
    if (found === undefined) return whole;
    const one = found.values[Math.min(at, found.values.length - 1)] ?? '';
    const values = found.many ? found.values : [one];
    return formatted(values, found.many, bracedFormat ?? bracketedFormat);
  });
}

function formatted(values: readonly string[], many: boolean, format: string | undefined): string {
  switch (format) {
    case undefined:
      return many ? asPattern(values) : (values[0] ?? '').replaceAll('\\', '\\\\').replaceAll("'", "\\\\'");
    case 'regex':
      return asPattern(values, 1);
    case 'pipe':
      return values.join('|');
    case 'csv':
    case 'raw':
      return values.join(',');
    case 'glob':
      return values.length > 1 ? `{${values.join(',')}}` : values.join('');
    case 'doublequote':
      return values.map((value) => `"${value.replaceAll('"', '\\"')}"`).join(',');
    case 'singlequote':
      return values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(',');
    default:
      return values.join(',');
  }
}

/** Every value and nothing else, within the quotes of a label's value. */
function asPattern(values: readonly string[], slashes = 2): string {
  const slash = '\\'.repeat(slashes);
  const escaped = values.map((value) =>
    value.replaceAll('\\', slash.repeat(2)).replaceAll(/[$^*{}[\]'+?.()|]/g, (character) => `${slash}${character}`),
  );
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
}

/** What stands in queries without anybody declaring it, for an interval between scrapes in seconds. */
export function builtIn(
  { range, title }: Pick<Board, 'range' | 'title'>,
  scrapeSeconds: number,
  now: number,
): ReadonlyMap<string, StandsFor> {
  const seconds = secondsOf(range);
  const interval = Math.max(60, scrapeSeconds);
  const one = (value: string): StandsFor => ({ values: [value], many: false });
  return new Map([
    ['__interval', one(`${interval}s`)],
    ['__interval_ms', one(String(interval * 1_000))],
    ['__rate_interval', one(`${Math.max(interval + scrapeSeconds, 4 * scrapeSeconds)}s`)],
    ['__range', one(`${seconds}s`)],
    ['__range_s', one(String(seconds))],
    ['__range_ms', one(String(seconds * 1_000))],
    ['__from', one(String(now - seconds * 1_000))],
    ['__to', one(String(now))],
    ['__dashboard', one(title)],
  ]);
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

function secondsOf(range: string): number {
  const [, amount = '6', unit = 'h'] = /^(\d+)([smhdw])$/.exec(range) ?? [];
  return Number(amount) * (SECONDS[unit] ?? 3_600);
}
