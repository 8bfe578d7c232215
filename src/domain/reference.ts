/**
 * A pointer to a value that must not be written down: an address, a credential. Rollouts, bundles and histories hold
 * references; only activities (and the CLI, for a plan) turn them into values.
 */
export type Reference =
  | { readonly fromEnv: string }
  /** The content of a file, without its last newline. */
  | { readonly fromFile: string }
  /** The content of the file that the environment variable names (the `*_FILE` convention of containers). */
  | { readonly fromEnvFile: string };

/** What a rollout file may write in place of a reference: the name of a secret, for which each environment has its own. */
export interface NamedSecret {
  readonly secret: string;
}

/** `T` as it is in a bundle: every named secret replaced by the reference that the environment has for it. */
export type Resolved<T> = T extends string
  ? T
  : T extends NamedSecret
    ? keyof T extends 'secret'
      ? never
      : ResolvedFields<T>
    : T extends object
      ? ResolvedFields<T>
      : T;
type ResolvedFields<T> = { [K in keyof T]: Resolved<T[K]> };

/** A reference in words, for errors: never its value. */
export function referenceLabel(reference: Reference): string {
  if ('fromEnv' in reference) return `environment variable ${reference.fromEnv}`;
  if ('fromFile' in reference) return `file ${reference.fromFile}`;
  return `file named by environment variable ${reference.fromEnvFile}`;
}
