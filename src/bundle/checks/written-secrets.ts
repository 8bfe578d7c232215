import { parseJson, type Json } from '../../domain/json.ts';
import { fieldsOf } from '../draft.ts';
import type { Path } from '../source/yaml-source.ts';

export interface WrittenSecret {
  readonly at: Path;
  readonly message: string;
}

const NEVER = 'secret values never enter a bundle';

/** Names of variables that hold a secret itself, not its file or where to find it. */
const SECRET_NAME = /(^|_)(PASSWORD|PASSWD|SECRET|SECRET_?KEY|ACCESS_?KEY|API_?KEY|PRIVATE_?KEY|TOKEN)$/i;
/** Images have switches whose names end so, such as ALLOW_EMPTY_PASSWORD and MYSQL_RANDOM_ROOT_PASSWORD. */
const SWITCH = /^(yes|no|true|false|on|off|0|1)?$/i;
/** A value that is itself put in later. */
const LATER = /^(\$[({]|<|\{\{|%)/;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** `scheme://user:password@`, unless the password is itself put in later: `$(VARIABLE)`, `${VARIABLE}`, `<password>`. */
const URL_PASSWORD = /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:(?![$<%{*])[^\s:/@]+@/i;
/** What kubectl keeps of the manifest that it applied; an export brings it along. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** What a Secret may have without giving anything away. */
const OF_A_SECRET = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable', 'status']);

/**
 * Places of a manifest where a secret value looks written down. The messages never repeat it.
 *
 * Of Secrets, in whatever they are wrapped, nothing passes. All else is a net for mistakes, not a proof: what looks like
 * any other text passes.
 */
export function writtenSecrets(object: unknown): readonly WrittenSecret[] {
  return within(object, []);
}

function within(value: unknown, at: Path): readonly WrittenSecret[] {
  if (typeof value === 'string') return text(value, at);
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => within(item, [...at, index]));
  return [
    ...secretObject(value, at),
    ...configMap(value, at),
    ...variable(value, at),
    ...Object.entries(value).flatMap(([key, field]) => within(field, [...at, key])),
  ];
}

/** A Secret, also one inside of something else, such as a template. */
function secretObject(object: object, at: Path): readonly WrittenSecret[] {
  const fields = fieldsOf(object);
  if (fields['kind'] !== 'Secret' || fields['apiVersion'] !== 'v1') return [];
  const found = Object.entries(fields)
    .filter(([field, value]) => !OF_A_SECRET.has(field) && !isEmpty(value))
    .map(([field]) => ({
      at: [...at, field],
      message: `a Secret with its values written down: ${NEVER}. Remove ${field} and refer to the values instead, in the step: secrets: { NAME: { KEY: { secret: NAME } } }; or name a Secret that is made outside of the rollout in the workload, by secretKeyRef`,
    }));
  if (fieldsOf(fields, 'metadata', 'annotations')[LAST_APPLIED] === undefined) return found;
  const message = `a Secret with a copy of itself in an annotation: ${NEVER}. Remove ${LAST_APPLIED}`;
  return [...found, { at: [...at, 'metadata', 'annotations', LAST_APPLIED], message }];
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}

function text(value: string, at: Path): readonly WrittenSecret[] {
  if (PRIVATE_KEY.test(value)) return [{ at, message: `holds a private key: ${NEVER}; refer to a Secret` }];
  if (URL_PASSWORD.test(value))
    return [{ at, message: `holds an address with a password: ${NEVER}; refer to a Secret` }];
  if (at.at(-1) !== LAST_APPLIED) return [];
  return within(parsed(value), []).map(({ message }) => ({ at, message: `a copy of the object, in it ${message}` }));
}

function parsed(value: string): Json {
  try {
    return parseJson(value);
  } catch {
    return null;
  }
}

/** Keys of a ConfigMap that become variables, and files that are kept as base64. */
function configMap(object: object, at: Path): readonly WrittenSecret[] {
  const fields = fieldsOf(object);
  if (fields['kind'] !== 'ConfigMap' || fields['apiVersion'] !== 'v1') return [];
  const variables = Object.entries(fieldsOf(fields['data'])).flatMap(([key, value]) =>
    isWritten(key, value)
      ? [
          {
            at: [...at, 'data', key],
            message: `the key ${key} of a ConfigMap has its value written down: ${NEVER}; keep it in a Secret`,
          },
        ]
      : [],
  );
  const files = Object.entries(fieldsOf(fields['binaryData'])).flatMap(([key, value]) =>
    typeof value === 'string' ? text(Buffer.from(value, 'base64').toString('latin1'), [...at, 'binaryData', key]) : [],
  );
  return [...variables, ...files];
}

/** An entry of a container's `env` with its value in it. */
function variable(value: object, at: Path): readonly WrittenSecret[] {
  if (at.at(-2) !== 'env' || !('name' in value) || !('value' in value)) return [];
  const { name, value: content } = value;
  if (typeof name !== 'string' || !isWritten(name, content)) return [];
  return [
    {
      at: [...at, 'value'],
      message: `the variable ${name} has its value written down: ${NEVER}; use valueFrom.secretKeyRef`,
    },
  ];
}

/** A number without quotes is a value too. */
function isWritten(name: string, value: unknown): boolean {
  if (!SECRET_NAME.test(name)) return false;
  if (typeof value === 'number' || typeof value === 'bigint') return !SWITCH.test(String(value));
  return typeof value === 'string' && !SWITCH.test(value) && !LATER.test(value);
}
