import { z } from 'zod/mini';

// Workflows run where no code may be made from text; without this the library would try once, and be refused.
z.config({ jitless: true });

/** What was sent, or in one line why it is no such message: without any of its values, which anybody may have sent. */
export type Read<T> = { readonly message: T } | { readonly why: string };

/** Reads what may be anything. */
export function read<T>(schema: z.ZodMiniType<T>, sent: unknown): Read<T> {
  const result = z.safeParse(schema, sent);
  if (result.success) return { message: result.data };
  const [issue] = result.error.issues;
  return { why: issue === undefined ? 'it is of another form' : `${placeOf(issue)} ${wrong(issue)}` };
}

function placeOf(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? 'it' : issue.path.map(String).join('.');
}

function wrong(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'string' ? 'must be text' : `must be of type ${issue.expected}`;
    case 'too_big':
      return `is longer or more than ${String(issue.maximum)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return 'has fields that no such message has';
    default:
      return 'is not as it must be';
  }
}
