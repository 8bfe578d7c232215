import type { Json } from './json.ts';

/** Names of variables that hold a secret itself, not its file or where to find it. */
const SECRET_NAME = /(^|_)(PASSWORD|PASSWD|SECRET|SECRET_?KEY|ACCESS_?KEY|API_?KEY|PRIVATE_?KEY|TOKEN)$/i;
/** What every such name ends with, however it is written: asked first, since nearly all names are none. */
const MAY_BE_SECRET = /(?:password|passwd|secret|key|token)$/i;
/** Images have switches whose names end so, such as ALLOW_EMPTY_PASSWORD and MYSQL_RANDOM_ROOT_PASSWORD. */
const SWITCH = /^(yes|no|true|false|on|off|0|1|null|none|~)?$/i;
/** A value that is itself put in later. */
const LATER = /^(\$[({]|<|\{\{|%)|^@[^@]*@$/;
/** Where something else finds the value: an address of a file or vault, as tools of the field write it. */
const ELSEWHERE = /^(file|env|vault|ref(\+[a-z0-9]+)?|arn|op|secret|secretref):/i;
/** Code that reads the value from the environment of its process. */
const READ_LATER = /^(os\.(environ|getenv)|process\.env|System\.getenv|getenv|ENV)\b/;
/** How something is done, such as `jwt,priv-key=/certs/token.pem,ttl=10m`. */
const MANNER = /^[\w-]+(,[\w-]+=[^,\s]+)+$/;
const MASKED = /^(x{3,}|\*{3,}|#{3,}|\.{3,}|-{3,})$/i;
/** The name of a Secret, under a key such as DB_SECRET. */
const NAME_OF_A_SECRET = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?[-.](secrets?|tls|credentials|creds)$|^(secrets?|tls)$/;
/** A name that members of a cluster tell each other apart by, under a variable of etcd's. */
const NO_SECRET = /(^|_)INITIAL_CLUSTER_TOKEN$/i;
/** MAX_TOKEN and the like count or limit something. */
const LIMIT = /(^|_)(MAX|MIN)_/i;

/**
 * Whether a secret value is written down, as far as its name tells: a number without quotes too.
 *
 * @param where a variable of a container is what its name says; keys of a ConfigMap are anything, so that there every
 *   variable and every path is taken for a reference.
 */
export function isWrittenIn(where: 'env' | 'ConfigMap', name: string, value: Json): boolean {
  if (!MAY_BE_SECRET.test(name)) return false;
  const words = asVariable(name);
  if (!SECRET_NAME.test(words) || NO_SECRET.test(words)) return false;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return false;
  const written = String(value).trim();
  if (
    SWITCH.test(written) ||
    LATER.test(written) ||
    ELSEWHERE.test(written) ||
    MASKED.test(written) ||
    MANNER.test(written)
  )
    return false;
  if (where === 'ConfigMap' && (/^[$/]/.test(written) || READ_LATER.test(written))) return false;
  if (LIMIT.test(words) && /^\d+$/.test(written)) return false;
  return !(/SECRET$/i.test(words) && NAME_OF_A_SECRET.test(written));
}

/** `adminPassword` and `admin.password` as ADMIN_PASSWORD, but for the case. */
function asVariable(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[-.\s]+/g, '_');
}
