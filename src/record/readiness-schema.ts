import { z } from 'zod';
import { LEVELS } from '../domain/readiness/levels.ts';
import { readings, time } from './measure-schema.ts';

const text = z.string();
const number = z.number();
const how = z.enum(['real', 'simulated', 'stand-in']);
const outcome = z.enum(['holds', 'fails', 'unknown']);
const level = z.enum(LEVELS);
const result = z.enum(['pass', 'fail', 'stale', 'unobserved', 'exempt', 'not applicable']);

/** Body of an entry that says what an assessment saw. */
export const looks = z.looseObject({
  type: z.literal('looks'),
  steps: z.array(z.looseObject({ step: text, outcome: z.enum(['fails', 'unknown']), why: text, time })),
  probes: z.array(z.looseObject({ check: text, asked: z.json(), outcome, why: text, how, source: text, time })),
  measures: readings,
  attested: z.array(
    z.looseObject({
      ...{ check: text, question: text, holds: z.boolean(), reason: text, by: text, signed: z.boolean(), time },
    }),
  ),
});

const score = { score: z.nullable(number), level: z.nullable(level), capped: z.array(text) };
const observation = z.looseObject({
  ...{ outcome, why: text, how, source: text, time, recorded: time, run: text, entry: text },
});
const standing = z.looseObject({
  ...{ name: text, title: text, points: number, level, must: z.boolean(), label: text, result },
  ...{ excused: z.boolean(), why: text, evidence: z.nullable(observation), lapses: z.nullable(time) },
  mend: z.nullable(text),
  renew: z.nullable(z.looseObject({ verb: text, of: text.optional() })),
});
const exemption = { check: text, reason: text, requestedBy: text, approvedBy: text, until: time };
const card = z.looseObject({
  ...score,
  at: time,
  simulated: z.enum(['counts', 'apart']),
  real: z.looseObject(score),
  cap: number,
  areas: z.array(
    z.looseObject({
      ...{ name: text, title: text, weight: number, applies: z.boolean(), ...score },
      points: z.looseObject({ all: number, earned: number, apart: number }),
      real: z.looseObject(score),
      checks: z.array(standing),
    }),
  ),
  exemptions: z.array(z.looseObject({ ...exemption, holds: z.boolean() })),
});
const shape = z.looseObject({
  cap: number,
  areas: z.array(
    z.looseObject({
      ...{ name: text, title: text, weight: number },
      checks: z.array(
        z.looseObject({
          ...{ name: text, title: text, points: number, level, must: z.boolean(), maxAgeMs: number },
          ...{ mend: z.nullable(text), notApplicable: z.nullable(text), evidence: z.looseObject({ from: text }) },
        }),
      ),
    }),
  ),
  exemptions: z.array(z.looseObject(exemption)),
});

/** Body of an entry that says what an assessment came to. */
export const readiness = z.looseObject({ type: z.literal('readiness'), shape, bundles: z.array(text), card });
