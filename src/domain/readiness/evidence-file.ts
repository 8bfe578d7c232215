import { z } from 'zod';
import { identity, name } from '../kinds/common.ts';
import { comparing, comparisonsIn, ONE_COMPARISON } from '../kinds/comparison.ts';
import { probe } from '../kinds/probe.ts';
import type { Resolved } from '../reference.ts';

const stepName = z
  .string()
  .regex(/^[^/\s]+\/[^/\s]+$/, 'must be PHASE/STEP')
  .max(127);

/** What a check of a step asks for. */
const fromStep = z.strictObject({
  from: z.literal('step'),
  step: stepName.describe('PHASE/STEP whose own verification it is.'),
});

/** What a check of a drill asks for. */
const fromDrill = z.strictObject({
  from: z.literal('drill'),
  drill: stepName.describe('PHASE/STEP of the velero.drill, be it drilled by the rollout or apart from it.'),
  objectives: z
    .boolean()
    .default(true)
    .describe('Whether a backup that was proven, but later than rto or rpo ask, is not enough.'),
});

/** What a check of a measure asks for. */
const fromMeasure = z
  .strictObject({
    from: z.literal('measure'),
    measure: name.describe('Name of a measure.'),
    ...comparing,
    equals: z.number().optional().describe('The number must be this.'),
  })
  .refine((fields) => comparisonsIn(fields) === 1, ONE_COMPARISON);

/** What a check of its own asks, each time that somebody looks. */
const fromProbe = z.strictObject({
  from: z.literal('probe'),
  target: name.describe('Name of the target that is asked.'),
  with: probe.describe('As in a step of kind probe.'),
});

/** What somebody must say who has looked. */
const fromManual = z.strictObject({
  from: z.literal('manual'),
  question: z.string().min(1).max(500).describe('What they say yes or no to.'),
  by: z.array(identity).min(1).describe('Identities or groups of the environment who may say so.'),
  signed: z.boolean().default(true).describe('Whether it counts only when it is signed.'),
});

/**
 * What earns the points of a check, by `from`. A source of evidence has its fields here, what they name in `NAMES`, and how the
 * record is read for it in `sources/`.
 */
export const evidence = z.discriminatedUnion('from', [fromStep, fromDrill, fromMeasure, fromProbe, fromManual]);

type EvidenceFile = z.output<typeof evidence>;
/** Evidence as a bundle asks for it. */
export type Evidence = Resolved<EvidenceFile>;
export type EvidenceOf<From extends Evidence['from']> = Extract<Evidence, { from: From }>;

/** What a field names that must be there in the rollout. */
export interface Naming {
  readonly field: string;
  readonly of: 'verified steps' | 'drills' | 'measures';
}

/** Which field of each source names something of the rollout; null where none does. */
export const NAMES: Readonly<Record<Evidence['from'], Naming | null>> = {
  step: { field: 'step', of: 'verified steps' },
  drill: { field: 'drill', of: 'drills' },
  measure: { field: 'measure', of: 'measures' },
  probe: null,
  manual: null,
};
