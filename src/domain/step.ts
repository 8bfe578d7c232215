import { z } from 'zod';
import { duration, name, when } from './kinds/common.ts';
import type { AnyStepKind, StepKindTable } from './kinds/descriptor.ts';
import { STEP_KINDS } from './kinds/table.ts';
import { demand } from './readiness/demand-file.ts';
import type { Resolved } from './reference.ts';

const gate = z.strictObject({
  reason: z.string().min(1).describe('What a person must know before deciding.'),
  approvers: z
    .array(z.string().min(1))
    .default([])
    .describe('Identities or groups of the environment; empty means anyone.'),
  required: z.int().min(1).max(20).optional().describe('How many of the approvers must approve; one when absent.'),
  all: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Groups or identities of which each must have somebody among those who approve.'),
  expiresAfter: duration.optional().describe('After this the gate closes and the step parks.'),
  readiness: demand
    .optional()
    .describe('How ready the platform must be: base, good, best or a score; approving without waives it.'),
});

const retry = z.strictObject({
  attempts: z.int().min(1).max(1000).default(10),
  initialInterval: duration.default('1s'),
  maximumInterval: duration.default('15s'),
});

const common = {
  name,
  needs: z.array(name).default([]).describe('Steps of the same phase that must be done before.'),
  timeout: duration.default('30m').describe('How long one attempt of the step may act.'),
  retry: retry.default({ attempts: 10, initialInterval: '1s', maximumInterval: '15s' }),
  approval: gate.optional(),
  when: when
    .optional()
    .describe('The step is skipped unless the parameter has this value; of several conditions, unless each holds.'),
};
const target = name.describe('Name of the target that the step acts on.');

/** The schema of one step as written in a rollout file: a union by `kind`, made from a table of kinds. */
export function stepSchema<const Table extends StepKindTable>(kinds: Table): z.ZodType<StepFileOf<Table>> {
  const options = Object.entries(kinds).map(([kind, descriptor]) => optionOf(kind, descriptor));
  // The union knows its options at run time only; what they come to is what StepFileOf says.
  const [first, ...rest] = options;
  if (first === undefined) throw new RangeError('a table of step kinds must not be empty');
  return z.discriminatedUnion('kind', [first, ...rest]) as unknown as z.ZodType<StepFileOf<Table>>;
}

function optionOf(kind: string, { schema, targets, gateOnly }: AnyStepKind) {
  return z.strictObject({
    ...common,
    kind: z.literal(kind),
    ...(targets.length === 0 ? {} : { target }),
    ...(gateOnly ? { approval: gate } : {}),
    with: schema,
  });
}

type CommonFields = z.output<z.ZodObject<typeof common>>;
type Flat<T> = { [K in keyof T]: T[K] };

/** One step as written in a rollout file, of any kind of the table. */
export type StepFileOf<Table extends StepKindTable> = {
  [Kind in keyof Table & string]: Flat<
    (Table[Kind]['gateOnly'] extends true ? Omit<CommonFields, 'approval'> & { approval: Gate } : CommonFields) &
      (Table[Kind]['targets'] extends readonly [] ? unknown : { target: string }) & {
        kind: Kind;
        with: z.output<Table[Kind]['schema']>;
      }
  >;
}[keyof Table & string];
type Gate = z.output<typeof gate>;

/** One step as written in a rollout file. */
export const step = stepSchema(STEP_KINDS);
export type StepFile = StepFileOf<typeof STEP_KINDS>;
/** One step of a bundle. */
export type Step = Resolved<StepFile>;
export type StepKind = keyof typeof STEP_KINDS;
/** The step of one kind. */
export type StepOf<K extends StepKind> = Extract<Step, { kind: K }>;
