import { z } from 'zod';
import { duration, name } from './kinds/common.ts';
import type { Resolved } from './reference.ts';
import { step, TARGET_KINDS } from './step.ts';

export const API_VERSION = 'windlass.dev/v1alpha1';

export const parameterValue = z.union([z.string(), z.number(), z.boolean()]);
export type ParameterValue = z.output<typeof parameterValue>;

/** Names of parameters, as in `${{ parameters.domain }}`. */
export const parameterName = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_]*$/, 'must be letters, digits and underscores, beginning with a letter');

export const phase = z.strictObject({
  name,
  description: z.string().optional(),
  needs: z.array(name).default([]).describe('Phases that must be done before.'),
  steps: z.array(step).min(1),
});
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

/** `rollout.yaml`. */
export const rolloutFile = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('Rollout'),
  metadata: z.strictObject({ name, description: z.string().optional() }),
  spec: z.strictObject({
    parameters: z
      .record(parameterName, z.strictObject({ description: z.string().optional(), default: parameterValue.optional() }))
      .default({}),
    targets: z
      .record(name, z.strictObject({ kind: z.enum(TARGET_KINDS), description: z.string().optional() }))
      .default({}),
    interlock: interlock.optional(),
    phases: z.array(phase).min(1),
  }),
});
export type RolloutFile = z.output<typeof rolloutFile>;
