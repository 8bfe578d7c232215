import { fieldsOf } from '../draft.ts';
import type { Path } from '../source/yaml-source.ts';

export interface WrittenSecret {
  readonly at: Path;
  readonly message: string;
}

const NEVER = 'secret values never enter a bundle';

/** Names of variables that hold a secret itself, not its file or where to find it. */
const SECRET_NAME = /(^|_)(PASSWORD|PASSWD|SECRET|SECRET_?KEY|ACCESS_?KEY|API_?KEY|PRIVATE_?KEY|TOKEN)$/i;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** `scheme://user:password@`, unless the password is itself put in later: `$(VARIABLE)`, `${VARIABLE}`, `<password>`. */
const URL_PASSWORD = /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:(?![$<%{*])[^\s:/@]+@/i;

/**
 * Places of a manifest where a secret value looks written down. The messages never repeat it.
 *
 * This is a net for mistakes, not a proof: what looks like any other text passes.
 */
export function writtenSecrets(object: unknown): readonly WrittenSecret[] {
  return [...secretObject(object), ...texts(object, [])];
}

function secretObject(object: unknown): readonly WrittenSecret[] {
  const fields = fieldsOf(object);
  if (fields['kind'] !== 'Secret' || fields['apiVersion'] !== 'v1') return [];
  return ['data', 'stringData']
    .filter((field) => Object.keys(fieldsOf(fields[field])).length > 0)
    .map((field) => ({
      at: [field],
      message: `a Secret with its values written down: ${NEVER}. Remove ${field} and refer to the values instead, in the step: secrets: { NAME: { KEY: { secret: NAME } } }; or name a Secret that is made outside of the rollout in the workload, by secretKeyRef`,
    }));
}

function texts(value: unknown, at: Path): readonly WrittenSecret[] {
  if (typeof value === 'string') {
    if (PRIVATE_KEY.test(value)) return [{ at, message: `holds a private key: ${NEVER}; refer to a Secret` }];
    if (URL_PASSWORD.test(value))
      return [{ at, message: `holds an address with a password: ${NEVER}; refer to a Secret` }];
    return [];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => texts(item, [...at, index]));
  return [...variable(value, at), ...Object.entries(value).flatMap(([key, field]) => texts(field, [...at, key]))];
}

/** An entry of a container's `env` with its value in it. */
function variable(value: object, at: Path): readonly WrittenSecret[] {
  if (at.at(-2) !== 'env' || !('name' in value) || !('value' in value)) return [];
  const { name, value: content } = value;
  if (typeof name !== 'string' || !SECRET_NAME.test(name) || typeof content !== 'string') return [];
  if (content === '' || content.startsWith('$(')) return [];
  return [
    {
      at: [...at, 'value'],
      message: `the variable ${name} has its value written down: ${NEVER}; use valueFrom.secretKeyRef`,
    },
  ];
}
