import { z } from 'zod';
import { expressionProblem, type Gives } from '../expression.ts';
import { isPointer } from '../json-pointer.ts';
import { name, objectName, secretReference, sqlName } from './common.ts';

/** What is asked of systems, by protocol: what the schemas of probes and of measures share. */

/** CEL, checked where it is read. */
export function cel(gives: Gives) {
  return z
    .string()
    .min(1)
    .superRefine((source, context) => {
      const problem = expressionProblem(source, gives);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    });
}

/** Headers that carry credentials, or whose names say so: their values are references. */
const CREDENTIAL = /authorization|cookie|token|secret|password|api-?key|signature|credential/i;

const header = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of an HTTP header');
const headers = z
  .record(
    header,
    z.union([
      secretReference,
      z
        .string()
        .max(1_000)
        .regex(/^[\x20-\x7e]*$/),
    ]),
  )
  .superRefine((given, context) => {
    for (const [key, value] of Object.entries(given)) {
      if (typeof value === 'string' && CREDENTIAL.test(key)) {
        const message = 'carries credentials: its value must be a reference, such as { secret: NAME }';
        context.addIssue({ code: 'custom', path: [key], message });
      }
    }
  });

/** How a request is made that is understood by servers over HTTP. */
export const request = {
  headers: headers.default({}).describe('Of the request: a text, or a reference for whatever is secret.'),
  basicAuth: z
    .strictObject({ user: z.union([secretReference, z.string().min(1)]), password: secretReference })
    .optional()
    .describe('In place of the user and password of the address.'),
  ca: secretReference.optional().describe('Certificates (PEM) of whom is trusted, in place of those of the system.'),
};

export const pointer = z
  .string()
  .refine(isPointer, 'must be a JSON pointer (RFC 6901), such as /status/ready; empty for the whole document');

export const http = {
  path: z.string().startsWith('/').default('/').describe('On the address of the target (kind http or s3).'),
  status: z.int().min(100).max(599).default(200),
  ...request,
};

export const promql = {
  query: z.string().min(1).describe('PromQL that gives one number: a scalar, or a vector of one series.'),
  ...request,
};

export const sql = {
  database: sqlName,
  query: z.string().min(1).describe('One read-only query; run in a read-only transaction.'),
};

export const s3 = {
  bucket: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'must be the name of a bucket: 3 to 63 lower-case letters, digits, "-", "."',
    ),
  prefix: z.string().default('').describe('Only objects whose keys begin so.'),
};

export const kubernetes = {
  apiVersion: z.string().min(1).default('v1'),
  kind: z.string().min(1),
  namespaces: z.array(name).min(1).optional().describe('Only objects of these; all namespaces when absent.'),
  selector: z.record(z.string().min(1), z.string()).default({}).describe('Labels that the objects have.'),
};

export const kubernetesName = objectName;
