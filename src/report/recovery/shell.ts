import type { Reference } from '../../domain/reference.ts';

/** A reference as a word of a shell command, which reads the value when it runs: never the value itself. */
export function shellValue(reference: Reference): string {
  if ('fromEnv' in reference) return `"$${reference.fromEnv}"`;
  if ('fromFile' in reference) return `"$(cat ${quoted(reference.fromFile)})"`;
  return `"$(cat "$${reference.fromEnvFile}")"`;
}

/** A word that the shell takes as it is. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
