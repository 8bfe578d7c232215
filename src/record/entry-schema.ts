import { ACTIONS } from '../domain/operating.ts';
import { z } from 'zod';
import { claimKey, wordsOf, type RecordedFinding } from '../domain/evidence.ts';
import { NAME_PATTERN } from '../domain/names.ts';
import { EVENTS } from '../domain/notification.ts';
import { LOOKS } from '../domain/run-mode.ts';
import { measured, measureName, readings, time } from './measure-schema.ts';
import { looks, readiness } from './readiness-schema.ts';

/**
 * What every entry must be so that its readers can work with it. Whoever reaches the store can put anything there, under
 * its right digest. Later versions may have written more than is named here: objects are loose.
 */

const text = z.string();
const texts = z.array(text);
const number = z.number();
const seconds = z.nullable(number.min(-1e10).max(1e10));
const nullableTime = z.nullable(time);

const counts = z.looseObject({
  create: number,
  update: number,
  replace: number,
  delete: number,
  unchanged: number,
  unknown: number,
});
const summary = z.looseObject({
  changeDigest: text,
  destructiveDigest: text,
  counts,
  destructive: number,
  lines: texts,
  asks: number.optional(),
  destructiveLines: z.array(number).optional(),
  more: number,
  undo: text,
});
const change = z.looseObject({
  action: z.enum(['create', 'update', 'replace', 'delete', 'unchanged', 'unknown']),
  what: text,
  destructive: z.boolean(),
  asks: text.optional(),
  detail: texts.optional(),
  observed: text.optional(),
  knownAfter: text.optional(),
});
const changes = z.array(change);
const changedField = z.looseObject({
  ...{ field: text, before: text, after: text },
  by: z.array(z.looseObject({ manager: text, since: z.nullable(text) })),
});
const failure = z.looseObject({
  type: text,
  message: text,
  object: text.optional(),
  next: text,
  retryable: z.boolean(),
});
const proof = z.looseObject({ backup: text, at: time, drill: text });
const drillVerdict = z.looseObject({
  verdict: z.enum(['proven', 'refuted', 'failed', 'cancelled']),
  backup: z.nullable(text),
  backedUpAt: nullableTime,
  faults: texts,
  missed: texts,
  rtoSeconds: seconds,
  rpoSeconds: seconds,
  failure: z.nullable(failure),
});
const step = z.looseObject({
  name: text,
  kind: text,
  state: text,
  plan: z.nullable(summary),
  startedAt: nullableTime,
  endedAt: nullableTime,
});
const atMoment = z.nullable(z.looseObject(measured));
const status = z.looseObject({
  startedBy: text,
  state: z.enum(['running', 'blocked', 'done', 'cancelled', 'aborted', 'failed']),
  failure: z.nullable(failure),
  phases: z.array(z.looseObject({ name: text, state: text, steps: z.array(step) })),
  measures: z.array(z.looseObject({ ...measureName, before: atMoment, after: atMoment })).optional(),
});
const decision = z.looseObject({
  verdict: z.enum(['approve', 'reject', 'withdraw']),
  bundle: text,
  run: text,
  phase: text,
  step: text,
  changeDigest: text,
  by: text,
  comment: text,
  waives: text.optional(),
  withdrawals: number.optional(),
  signature: text,
});

const common = { holds: z.boolean(), how: z.enum(['real', 'simulated', 'stand-in']), source: text, time };
const placed = z.looseObject({ namespace: text, name: text });
const part = z.looseObject({
  name: text,
  part: z.enum(['objects', 'volumes', 'buckets', 'database']),
  seconds,
  warnings: texts.optional(),
  moved: texts.optional(),
  leftOut: texts.optional(),
  notCompared: texts.optional(),
  claims: texts.optional(),
  broughtBack: texts.optional(),
  of: z.nullable(z.looseObject({ target: text, database: text })).optional(),
  dumpSeconds: seconds.optional(),
  restoreSeconds: seconds.optional(),
});
/** What must come with each sort of part. */
const PART_FIELDS = {
  objects: ['warnings', 'moved', 'leftOut', 'notCompared'],
  volumes: ['claims', 'moved', 'notCompared'],
  buckets: ['broughtBack'],
  database: ['of', 'dumpSeconds', 'restoreSeconds'],
} as const;
const wholePart = part.refine((one) => PART_FIELDS[one.part].every((field) => one[field] !== undefined));

/** Findings that are read again, and not only told. */
const READ_AGAIN: Readonly<Record<string, z.ZodType>> = {
  'drill-proof': z.looseObject({
    about: z.looseObject({ drill: placed, backup: text }),
    observed: z.looseObject({
      faults: texts,
      parts: z.array(wholePart),
      restoreSeconds: seconds,
      ageSeconds: seconds,
    }),
  }),
  objective: z.looseObject({
    about: z.looseObject({ drill: placed, objective: z.enum(['rto', 'rpo']), limit: text }),
    observed: z.looseObject({ seconds }),
  }),
  restore: z.looseObject({
    about: z.looseObject({ restore: placed, backup: text }),
    observed: z.looseObject({ seconds, items: z.nullable(number), namespaces: texts }),
  }),
  'schedule-freshness': z.looseObject({
    about: z.looseObject({ schedule: placed, within: text }),
    observed: z.looseObject({ newest: z.nullable(text), ageSeconds: seconds.optional() }),
  }),
};

/** As stored: of a kind that this version does not know, or of a version before kinds, the sentence is all there is. */
const finding = z.looseObject({ kind: text.optional(), subject: text, claim: text, ...common });

const BODIES = [
  z.looseObject({
    type: z.literal('start'),
    by: text,
    signature: text,
    verified: z.boolean().optional(),
    simulated: z.literal('counts').optional(),
    mode: z.enum(['drill', 'witness', 'freshness', ...LOOKS]).optional(),
    denial: text.optional(),
    gates: z.literal('recorded').optional(),
  }),
  z.looseObject({ type: z.literal('plan'), summary, changes }),
  z.looseObject({ type: z.literal('gate'), opening: number, changeDigest: text, waives: z.nullable(text) }),
  z.looseObject({
    type: z.literal('decision'),
    decision,
    denial: z.nullable(text),
    verified: z.boolean().optional(),
  }),
  z.looseObject({
    type: z.literal('command'),
    action: z.enum(ACTIONS),
    by: text,
    comment: text,
    denial: z.nullable(text),
    verified: z.boolean().optional(),
  }),
  z.looseObject({ type: z.literal('applied'), summary, changes, durationMs: number }),
  z.looseObject({ type: z.literal('evidence'), findings: z.array(finding), act: text.optional() }),
  z.looseObject({
    type: z.literal('measures'),
    moment: z.enum(['before', 'after']),
    readings,
  }),
  looks,
  readiness,
  z.looseObject({
    type: z.literal('drift'),
    steps: z.array(
      z.looseObject({
        ...{ phase: text, step: text, kind: text, unchanged: number, failure: z.nullable(failure) },
        drifted: z.array(change.extend({ fields: z.array(changedField).optional() })),
        broken: z.array(z.looseObject({ subject: text, claim: text })),
      }),
    ),
  }),
  z.looseObject({ type: z.literal('parked'), failure }),
  z.looseObject({ type: z.literal('verdict'), status }),
  z.looseObject({ type: z.literal('drill'), verdict: drillVerdict }),
  z.looseObject({ type: z.literal('witness'), failure: z.nullable(failure) }),
  z.looseObject({ type: z.literal('stale'), newest: z.nullable(proof), limit: text }),
  z.looseObject({
    ...{ type: z.literal('heal'), target: text, by: text, comment: text, signature: text },
    ...{ verified: z.boolean(), denial: z.nullable(text), faults: texts, done: z.boolean() },
  }),
  z.looseObject({
    type: z.literal('freeze'),
    order: z.looseObject({
      ...{ environment: text, startedBy: text, reason: text, until: z.nullable(time), ends: texts, signature: text },
    }),
    ...{ verified: z.boolean(), denial: z.nullable(text) },
  }),
  z.looseObject({
    type: z.literal('notification'),
    event: z.enum(EVENTS),
    webhook: number,
    failure: z.nullable(failure),
  }),
] as const satisfies readonly z.ZodType[];

const name = text.regex(NAME_PATTERN);
const entry = z.looseObject({
  id: text,
  time,
  scope: z.looseObject({
    environment: name,
    rollout: name,
    run: text,
    bundle: text,
    phase: z.nullable(text),
    step: z.nullable(text),
  }),
  body: z.discriminatedUnion('type', BODIES),
  seal: z.looseObject({ key: text, signature: text }).optional(),
});

/** Why this is no entry that readers can work with, by the first place that is not as it must be; null when it is one. */
export function wrongIn(stored: unknown): string | null {
  const result = entry.safeParse(stored);
  if (result.success) return null;
  const [issue] = result.error.issues;
  return issue === undefined || issue.path.length === 0
    ? 'it is of another form'
    : `${issue.path.map(String).join('.')} is not as it must be`;
}

/** Whether the sentence of a finding can be made from its fields, and what is read of it again is there. */
export function isWhole(found: RecordedFinding): boolean {
  if (READ_AGAIN[found.kind]?.safeParse(found).success === false) return false;
  try {
    const { subject, claim } = wordsOf(found) as { readonly subject: unknown; readonly claim: unknown };
    return typeof subject === 'string' && typeof claim === 'string' && claimKey(found) !== '';
  } catch {
    return false;
  }
}

const typed = z.looseObject({ body: z.looseObject({ type: text }) });

/** What an entry says its body is; null when it says nothing. */
export function bodyTypeIn(stored: unknown): string | null {
  const found = typed.safeParse(stored);
  return found.success ? found.data.body.type : null;
}
