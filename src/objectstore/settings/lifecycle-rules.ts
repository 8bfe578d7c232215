import { compareTexts } from '../../domain/compare.ts';
import { canonicalJson } from '../../domain/json.ts';
import { childOf, textOf, type XmlElement } from '../xml.ts';

/** What becomes of the objects below a prefix, in days; null: nothing. */
export interface Rule {
  readonly prefix: string;
  readonly expire: number | null;
  readonly noncurrent: number | null;
  readonly abort: number | null;
  /** What a rule of somebody else says besides, such as a transition or a filter by tags; we write none. */
  readonly other: string | null;
}

type Time = 'expire' | 'noncurrent' | 'abort';

/** Where the days of a rule are. */
const DAYS: Readonly<Record<Time, readonly [string, string]>> = {
  expire: ['Expiration', 'Days'],
  noncurrent: ['NoncurrentVersionExpiration', 'NoncurrentDays'],
  abort: ['AbortIncompleteMultipartUpload', 'DaysAfterInitiation'],
};
const TIMES = Object.keys(DAYS) as Time[];
/** What a rule may hold that has its place here, or says nothing. */
const KNOWN: ReadonlySet<string> = new Set([
  ...TIMES.map((time) => DAYS[time][0]),
  ...['ID', 'Status', 'Filter', 'Prefix', '#text'],
]);

/** The rules of a bucket, those of one prefix as one: servers may keep them apart. */
export function rulesOf(elements: readonly XmlElement[]): readonly Rule[] {
  const rules: Rule[] = [];
  for (const rule of elements.map(ruleOf)) {
    const same = rules.findIndex(
      ({ prefix, other }) => prefix === rule.prefix && other === null && rule.other === null,
    );
    const before = rules[same];
    if (before === undefined) rules.push(rule);
    else
      rules[same] = { ...before, ...Object.fromEntries(TIMES.map((time) => [time, least(before[time], rule[time])])) };
  }
  return sorted(rules);
}

export function sorted(rules: readonly Rule[]): readonly Rule[] {
  return [...rules].sort((a, b) => compareTexts(a.prefix, b.prefix) || compareTexts(a.other ?? '', b.other ?? ''));
}

/** As it is written. @param index makes the id, which must be another for each. */
export function elementsOf(rule: Rule, index: number): XmlElement {
  const times = TIMES.filter((time) => rule[time] !== null).map((time) => {
    const [element, days] = DAYS[time];
    return [element, { [days]: String(rule[time]) }] as const;
  });
  return {
    ID: `windlass-${String(index + 1)}`,
    Status: 'Enabled',
    Filter: { Prefix: rule.prefix },
    ...Object.fromEntries(times),
  };
}

function ruleOf(element: XmlElement): Rule {
  const filter = childOf(element, 'Filter');
  const rest: Record<string, XmlElement> = {};
  const days = { expire: null, noncurrent: null, abort: null } as Record<Time, number | null>;
  for (const time of TIMES) {
    const [name, field] = DAYS[time];
    const { [field]: count, ...more } = childOf(element, name);
    if (typeof count === 'string' && count !== '0') days[time] = Number(count);
    const left = withoutBlank(more);
    if (Object.keys(left).length > 0) rest[name] = left;
  }
  const unknown = Object.entries(withoutBlank(element)).filter(([name]) => !KNOWN.has(name));
  const status = textOf(element, 'Status');
  const { Prefix: prefix = textOf(element, 'Prefix'), ...filters } = withoutBlank(filter);
  const others = {
    ...rest,
    ...Object.fromEntries(unknown),
    ...(Object.keys(filters).length === 0 ? {} : { Filter: filters }),
    ...(status === 'Enabled' ? {} : { Status: status }),
  };
  return {
    prefix: typeof prefix === 'string' ? prefix : '',
    ...days,
    other: Object.keys(others).length === 0 ? null : canonicalJson(others),
  };
}

/** Without the blanks between elements and without elements that say nothing. */
function withoutBlank(element: XmlElement): XmlElement {
  return Object.fromEntries(
    Object.entries(element).filter(([, value]) => typeof value !== 'string' || value.trim() !== ''),
  );
}

function least(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}
