import { z } from 'zod';
import { duration, name } from './kinds/common.ts';
import { TARGET_KINDS } from './kinds/descriptor.ts';
import { measures } from './measure.ts';
import { readiness } from './readiness/file.ts';
import type { Resolved } from './reference.ts';
import { step, type StepFile } from './step.ts';

export const API_VERSION = 'windlass.dev/v1alpha1';

export const parameterValue = z.union([z.string(), z.number(), z.boolean()]);
export type ParameterValue = z.output<typeof parameterValue>;

/** Names of parameters, as in `${{ parameters.domain }}`. */
export const parameterName = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_]*$/, 'must be letters, digits and underscores, beginning with a letter');

function phaseSchema<Step>(steps: z.ZodType<Step>) {
  return z.strictObject({
    name,
    description: z.string().optional(),
    needs: z.array(name).default([]).describe('Phases that must be done before.'),
    steps: z.array(steps).min(1),
  });
}
export const phase = phaseSchema<StepFile>(step);
/** One phase of a bundle. */
export type Phase = Resolved<z.output<typeof phase>>;

/** `spec.interlock`. */
const interlock = z.strictObject({
  provenWithin: duration.describe(
    'Data may be destroyed while a backup younger than this is proven by a drill; else the gate says so.',
  ),
  drills: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('PHASE/STEP of the drills that must each have proven one; any of the rollout will do when absent.'),
});

/** The schema of `rollout.yaml`, given that of its steps. */
export function rolloutSchema<Step>(steps: z.ZodType<Step>) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('Rollout'),
    metadata: z.strictObject({ name, description: z.string().optional() }),
    spec: z.strictObject({
      parameters: z
        .record(
          parameterName,
          z.strictObject({ description: z.string().optional(), default: parameterValue.optional() }),
        )
        .default({}),
      targets: z
        .record(name, z.strictObject({ kind: z.enum(TARGET_KINDS), description: z.string().optional() }))
        .default({}),
      interlock: interlock.optional(),
      drift: z
        .enum(['overwrite', 'refuse'])
        .optional()
        .describe('With `refuse`, what others have set and a step with `force` would overwrite opens a gate.'),
      measures: measures.optional().describe('Numbers that each run reads before its first change and after its last.'),
      readiness: readiness.optional().describe('How ready the platform is: what earns points, and how long it counts.'),
      phases: z.array(phaseSchema(steps)).min(1),
    }),
  });
}

/** `rollout.yaml`. */
export const rolloutFile = rolloutSchema<StepFile>(step);
export type RolloutFile = z.output<typeof rolloutFile>;
