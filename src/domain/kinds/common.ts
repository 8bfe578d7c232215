import { z } from 'zod';
import { DURATION_PATTERN } from '../duration.ts';
import { NAME_PATTERN } from '../names.ts';
import type { RolloutPath, TargetName } from './places.ts';

/** Building blocks shared by the schemas of the step kinds. */
export const name = z
  .string()
  .regex(
    NAME_PATTERN,
    'must be lower-case letters, digits and dashes, at most 63, beginning and ending with a letter or digit',
  );

/** The name of a target that a step uses besides the one that it acts on. */
export const targetName: z.ZodType<TargetName, string> = name.clone();

export const duration = z
  .string()
  .regex(DURATION_PATTERN, 'must be a whole number and a unit (ms, s, m, h, d), as in 90s');

/** ISO 8601, as a date or as a moment with its offset. */
export const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: 'must be a date (2026-01-31) or a moment (2026-01-31T12:00:00Z)',
});

/** Who somebody is. */
export const identity = z.string().min(1).max(200);

/** A path inside the rollout directory: relative, forward slashes, no way out. */
export const path: z.ZodType<RolloutPath, string> = z
  .string()
  .min(1)
  .refine(
    (text) => !text.startsWith('/') && !text.split('/').includes('..'),
    'must be a path inside the rollout directory',
  );

const condition = z.strictObject({
  parameter: z.string().min(1),
  equals: z.union([z.string(), z.number(), z.boolean()]),
});

/** `when`: what parameters must be for something to apply. */
export const when = z.union([condition, z.array(condition).min(1).max(10)], {
  error: 'must be { parameter, equals }, or a list of these of which each must hold',
});

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable');
const references = [
  z.strictObject({ fromEnv: variable }),
  z.strictObject({ fromFile: z.string().min(1) }),
  z.strictObject({ fromEnvFile: variable }),
] as const;

/** A reference as environments write it. */
export const reference = z.union(references, {
  error:
    'must be a reference: { fromEnv: NAME }, { fromFile: PATH } or { fromEnvFile: NAME }; values are never written down',
});

/** A reference as rollout files write it: best by name, so that each environment has its own. */
export const secretReference = z.union([z.strictObject({ secret: name }), ...references], {
  error:
    'must be a reference: { secret: NAME } of the environment, { fromEnv: NAME }, { fromFile: PATH } or { fromEnvFile: NAME }; values are never written down',
});

/** Bytes of a name that PostgreSQL keeps; it cuts off the rest. */
const LONGEST_SQL_NAME = 63;

/** A name of a database, role or schema: any that PostgreSQL takes, as it is stored; quoted wherever it is used. */
export const sqlName = z
  .string()
  .min(1)
  .refine(
    (text) => new TextEncoder().encode(text).length <= LONGEST_SQL_NAME && !text.includes('\0'),
    `must be at most ${String(LONGEST_SQL_NAME)} bytes, which is all that PostgreSQL keeps of a name`,
  );

/** A name of a Kubernetes object: a DNS subdomain. */
export const objectName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'must be the name of a Kubernetes object: lower-case letters, digits, "-" and "."',
  );

/** A Kubernetes quantity. */
export const quantity = z
  .string()
  .regex(/^\d+(\.\d+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/, 'must be a Kubernetes quantity, such as 500m or 2Gi');
