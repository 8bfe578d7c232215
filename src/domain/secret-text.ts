import { isWrittenIn } from './secret-names.ts';

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** `scheme://user:password@`, found by its `://` (a search for schemes takes the square of a long word), unless the password is itself put in later: `$(VARIABLE)`, `${VARIABLE}`, `<password>`. */
const URL_PASSWORD = /(?<=\b[a-z][a-z0-9+.-]*):\/\/[^\s:/@]+:(?![$<%{*])[^\s:/@]+@/i;

export function holdsPrivateKey(text: string): boolean {
  return PRIVATE_KEY.test(text);
}

export function holdsAddressWithPassword(text: string): boolean {
  return URL_PASSWORD.test(text);
}

/**
 * `name: value`, `name = value`, `"name": "value"`: as YAML, JSON, TOML and properties have it. What is looked for is the sign
 * between them, and its name by looking back: a search for names begins anew at each letter of a long word.
 */
const SETTING = /(?<=([A-Za-z_][\w.-]*)["']?[ \t]*)[:=][ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s,}\]#;]*))/g;

/** A line of a comment in which words come before the first sign: a sentence. `# password: PASSWORD` is a setting all the same. */
const PROSE = /^[ \t]*(?:#|\/\/)(?![#/]*[ \t]*["']?[\w.-]+["']?[ \t]*[:=]).*$/gm;

/** In a few words, what of a configuration looks like a secret value written down; null for nothing. */
export function writtenInText(name: string, value: string): string | null {
  if (holdsPrivateKey(value)) return 'a private key';
  if (holdsAddressWithPassword(value)) return 'an address with a password';
  if (isWrittenIn('ConfigMap', name, value)) return 'by its name';
  for (const [, setting = '', double, single, plain = ''] of value.replaceAll(PROSE, '').matchAll(SETTING))
    if (isWrittenIn('ConfigMap', setting, double ?? single ?? plain)) return `the setting ${setting}`;
  return null;
}
