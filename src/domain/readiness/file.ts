import { z } from 'zod';
import { isSameIdentity } from '../identity.ts';
import { duration, identity, moment, name, when } from '../kinds/common.ts';
import type { Resolved } from '../reference.ts';
import { evidence } from './evidence-file.ts';
import { LEVELS } from './levels.ts';

const title = z.string().min(1).max(200).optional().describe('What people read; the name when absent.');
const MOST = 1_000;
const more = z.number().gt(0).max(MOST);

const check = z.strictObject({
  name,
  title,
  points: more.default(1).describe('What a pass earns, beside the other checks of its area.'),
  level: z
    .enum(LEVELS)
    .default('base')
    .describe('Which level asks for it; each asks for all that those before ask for.'),
  must: z.boolean().default(false).describe('Whether its area and the whole are capped while it does not pass.'),
  maxAge: duration.default('7d').describe('How long evidence counts from when it was seen.'),
  mend: z.string().min(1).max(500).optional().describe('What to do when it does not pass.'),
  when: when
    .optional()
    .describe('It does not apply unless the parameter has this value; of several conditions, unless each holds.'),
  evidence,
});

const area = z.strictObject({
  name,
  title,
  weight: more.default(1).describe('How much it counts beside the other areas.'),
  checks: unique(z.array(check).min(1).max(200), 'checks'),
});

/** `spec.readiness`. */
export const readiness = z.strictObject({
  cap: z
    .number()
    .min(0)
    .max(100)
    .default(50)
    .describe('What an area and the whole come to at most while a check that must pass does not.'),
  areas: unique(z.array(area).min(1).max(50), 'areas'),
});
type ReadinessFile = z.output<typeof readiness>;

/** `spec.exemptions` of an environment. */
export const exemption = z
  .strictObject({
    check: z
      .string()
      .regex(/^[^/\s]+\/[^/\s]+$/, 'must be AREA/CHECK')
      .describe('AREA/CHECK that it is of.'),
    reason: z.string().min(1).max(500),
    requestedBy: identity.describe('Who asked for it.'),
    approvedBy: identity.describe('Who granted it: somebody else.'),
    until: moment.describe('When it ends; a day is that day to its end, in UTC.'),
  })
  .superRefine(({ requestedBy, approvedBy }, context) => {
    if (!isSameIdentity(requestedBy, approvedBy)) return;
    const message = 'must be somebody else than who asks for it';
    context.addIssue({ code: 'custom', path: ['approvedBy'], message });
  });
export type Exemption = z.output<typeof exemption>;

/** What a bundle has of both. */
export type Readiness = Resolved<ReadinessFile> & {
  /** Absent where there is none. */
  readonly exemptions?: readonly Exemption[];
};

function unique<Item extends { readonly name: string }>(list: z.ZodType<Item[]>, what: string) {
  return list.superRefine((all, context) => {
    const known = new Set<string>();
    for (const [index, { name: called }] of all.entries()) {
      if (known.has(called))
        context.addIssue({ code: 'custom', path: [index, 'name'], message: `there are two ${what} "${called}"` });
      known.add(called);
    }
  });
}
