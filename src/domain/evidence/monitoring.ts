import { kind } from './kind.ts';

/** What a query comes to on the live server. */
export type QueryOutcome =
  /** It gives numbers. */
  | 'data'
  /** All that it is made of is there, and nothing passes its comparisons: an alert that does not fire. */
  | 'rest'
  /** It gives numbers by its own default alone (`or vector(0)`): of a metric in it nobody has heard. */
  | 'default'
  | 'no series'
  | 'NaN'
  | 'error';

interface QuerySeen {
  /** Of a panel with several queries. */
  readonly ref: string;
  readonly line: number;
  /** As it was asked, its variables replaced. */
  readonly asked: string;
  readonly outcome: QueryOutcome;
  /** How many series it gives. */
  readonly series: number;
  /** The first number; infinite ones as texts. */
  readonly value: number | string | null;
  /**
   * How its first series went over the last hour, at even steps, the oldest first; null where there was no number. Absent for rules, for
   * what gives no series, and in records of before.
   */
  readonly curve?: readonly (number | null)[];
  /** Why there is no answer, or what it lacks: the rest of a sentence. */
  readonly why: string | null;
}

interface QueryAsked {
  readonly of: 'panel' | 'alert' | 'record';
  /** The board, or the group of rules. */
  readonly within: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

interface QueriesSeen {
  readonly queries: readonly QuerySeen[];
  /** Who answers for those that are not answered, where somebody does. */
  readonly exempt: string | null;
  /** What speaks against the claim; empty where it holds. */
  readonly faults: readonly string[];
}

interface TargetsSeen {
  /** Targets that answer, by job. */
  readonly up: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

interface RulesSeen {
  /** How many of the rules are evaluated. */
  readonly evaluated: number;
  readonly faults: readonly string[];
}

interface TestAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly receivers: readonly string[];
}

interface AlertSeen {
  /** Where its routes led. */
  readonly receivers: readonly string[];
  /** Milliseconds until the worker was told of it, and that it was over; null where it was not. */
  readonly arrivedMs: number | null;
  readonly resolvedMs: number | null;
  readonly faults: readonly string[];
}

interface Unneeded {
  readonly metric: string | null;
  readonly query: string | null;
  readonly owner: string;
  readonly reason: string;
  readonly until: string;
  /** Whether it may match nothing; absent where it may not. */
  readonly optional?: boolean;
}

interface Coverage {
  readonly panels: number;
  readonly rules: number;
  /** How many queries came to what. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Panels that ask something else than metrics, which nobody asked here. */
  readonly elsewhere: readonly { readonly panel: string; readonly asks: string; readonly where: string }[];
}

/** What is claimed of what watches a platform. */
export const MONITORING = {
  'monitoring-query': kind<QueryAsked, QueriesSeen>({
    subject: ({ of, within, name, file, line }) => `${of} ${within} / ${name} (${file}:${line})`,
    claim: ({ of }, { exempt, queries }) =>
      exempt === null
        ? of === 'panel'
          ? `is answered by the live server (${counted(queries)})`
          : `can be evaluated on the live server (${counted(queries)})`
        : `need not be answered: ${exempt}`,
  }),

  'monitoring-targets': kind<{ readonly jobs: Readonly<Record<string, number>> }, TargetsSeen>({
    subject: () => 'targets that are scraped',
    claim: (_about, { up }, holds) =>
      `are ${holds ? 'all' : 'all to be'} up: ${Object.values(up).reduce((sum, count) => sum + count, 0)} of ${Object.keys(up).length} jobs`,
  }),

  'monitoring-rules': kind<{ readonly rules: number }, RulesSeen>({
    subject: ({ rules }) => `${rules} rules`,
    claim: (_about, { evaluated }) => `are all evaluated, without errors (${evaluated} are)`,
  }),

  'monitoring-delivery': kind<TestAlert, AlertSeen>({
    subject: ({ labels }) =>
      `test alert with ${Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(', ')}`,
    claim: ({ receivers }) => `arrives at ${receivers.join(', ')}, and resolves`,
  }),

  'monitoring-exemption': kind<Unneeded, { readonly matched: number; readonly lapsed: boolean }>({
    advises: true,
    subject: ({ metric, query }) => `exemption of ${metric === null ? `query ${query ?? ''}` : `metric ${metric}`}`,
    claim: ({ owner, reason, until, optional }) =>
      `${optional === true ? '' : 'is needed and '}stands until ${until}: ${reason} (${owner})`,
  }),

  'monitoring-unobserved': kind<{ readonly target: string }, { readonly why: string }>({
    advises: true,
    subject: ({ target }) => `boards, rules and targets of ${target}`,
    claim: (_about, { why }) => `are answered by a live server: nobody was asked. ${why}`,
  }),

  'monitoring-coverage': kind<{ readonly of: string }, Coverage>({
    advises: true,
    subject: ({ of }) => `boards and rules on ${of}`,
    claim: (_about, { panels, rules, outcomes, elsewhere }) =>
      [
        `${panels} panels and ${rules} rules were asked`,
        Object.entries(outcomes)
          .map(([outcome, count]) => `${outcome} ${count}`)
          .join(', '),
        ...(elsewhere.length === 0 ? [] : [`${elsewhere.length} panels ask something else`]),
      ].join(': '),
  }),
};

/** `data`, `2 data, 1 rest` */
function counted(queries: readonly QuerySeen[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of queries) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  if (queries.length === 1) return queries[0]?.outcome ?? '';
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}
