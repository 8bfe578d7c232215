import type { Reference } from '../../domain/reference.ts';

/** The references of something, with what each is for. */
export function referencesIn(fields: object): readonly (readonly [string, Reference])[] {
  return Object.entries(fields).flatMap(([key, value]: [string, unknown]) =>
    isReference(value) ? [[key, value] as const] : [],
  );
}

function isReference(value: unknown): value is Reference {
  return (
    typeof value === 'object' && value !== null && ['fromEnv', 'fromFile', 'fromEnvFile'].some((key) => key in value)
  );
}
