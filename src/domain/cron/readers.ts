/**
 * How one system reads cron expressions, as data: what it takes, and what the fields of days mean together. Sources: the
 * parsers of the libraries named (`parser.go` and `spec.go` of robfig/cron 3.0.1 and of netresearch/go-cron 0.15.0,
 * `service/worker/scheduler/calendar.go` of Temporal 1.32).
 */
export interface CronReader {
  /** Who reads so, as people are told. */
  readonly name: string;
  /** Whether a day must be in both fields of days; or in one of them, unless a star stands in the other. */
  readonly days: 'both' | 'either';
  /** The last day of the week that counts; 7 is Sunday, like 0. */
  readonly lastWeekday: 6 | 7;
  /** What stands for every value. */
  readonly stars: readonly string[];
  /** Whether `22-2` goes over the end of the field. */
  readonly wraps: boolean;
  /** Whether a step may be as long as its range, and then takes only its first value. */
  readonly longSteps: boolean;
  /** Whether `1,,2` is `1,2`, and a star may have a tail (`*-5`), which nobody reads. */
  readonly lax: boolean;
  /** Names of months and days: their three letters, or any beginning of the whole name. */
  readonly names: 'letters' | 'beginnings';
  /** Whether blanks around the expression are passed over before a shorthand too. */
  readonly trims: boolean;
  /** Shorthands that are taken and never come. */
  readonly idle: readonly string[];
  readonly every: {
    /** Whether what is shorter than a second counts as a second, instead of being refused. */
    readonly roundsUp: boolean;
    /** Whether it takes days (`1d`), and a phase (`1h/5m`); counted from 1970 then, and not from when it was last. */
    readonly byEpoch: boolean;
  };
  /** How many calendar years ahead a next time is looked for; null for all that matter. */
  readonly yearsAhead: number | null;
}

const GO = {
  stars: ['*', '?'],
  lax: true,
  names: 'letters',
  trims: false,
  yearsAhead: 5,
} as const;

/** Kubernetes' CronJob, and Velero to 1.18.2. */
export const ROBFIG: CronReader = {
  ...GO,
  name: 'robfig/cron 3',
  days: 'either',
  lastWeekday: 6,
  wraps: false,
  longSteps: true,
  idle: [],
  every: { roundsUp: true, byEpoch: false },
};

/** Velero 1.18.3. */
export const GO_CRON: CronReader = {
  ...GO,
  name: 'netresearch/go-cron 0.15',
  days: 'both',
  lastWeekday: 7,
  wraps: true,
  longSteps: false,
  idle: ['@triggered', '@manual', '@none'],
  every: { roundsUp: false, byEpoch: false },
};

/** Temporal's schedules. */
export const TEMPORAL: CronReader = {
  name: 'Temporal',
  days: 'both',
  lastWeekday: 7,
  stars: ['*'],
  wraps: false,
  longSteps: true,
  lax: false,
  names: 'beginnings',
  trims: true,
  idle: [],
  every: { roundsUp: false, byEpoch: true },
  yearsAhead: null,
};
