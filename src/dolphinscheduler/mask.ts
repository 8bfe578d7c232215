/** What stands in the place of a secret. */
const MASKED = '***';

/** Values behind names that say so, in the forms that scripts, JSON and command lines have. */
const NAMED =
  /((?:pass(?:word|wd)?|secret|token|api[-_]?key|access[-_]?key|credential)s?["']?\s*[=:]\s*["']?)([^\s"',;&]+)/gi;
const OPTION = /(--?(?:password|passwd|secret|token)\s+)(\S+)/gi;
const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{6,}/g;
const URL_PASSWORD = /(:\/\/[^\s:/@]+:)([^\s/@]+)(@)/g;
const KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/**
 * Makes a text harmless that others wrote: secrets that are known, and what looks like one.
 *
 * @param secrets values that are known; those too short to be told from words are left to their names.
 */
export function masker(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length >= 4);
  return (text) => {
    const without = known.reduce((rest, secret) => rest.replaceAll(secret, MASKED), text);
    return without
      .replace(KEY, MASKED)
      .replace(URL_PASSWORD, `$1${MASKED}$3`)
      .replace(BEARER, `$1 ${MASKED}`)
      .replace(OPTION, `$1${MASKED}`)
      .replace(NAMED, `$1${MASKED}`);
  };
}
