import { WindlassFailure } from '../../domain/failure.ts';

/**
 * The file of shared AWS credentials that Velero's plugin reads.
 *
 * @throws WindlassFailure `ReferenceUnresolved` for a key that the format cannot carry, naming the key, not its value.
 */
export function credentialsFile(keys: { readonly accessKey: string; readonly secretKey: string }): string {
  const accessKey = fitting(keys.accessKey, 'access key');
  const secretKey = fitting(keys.secretKey, 'secret key');
  return `[default]\naws_access_key_id = ${accessKey}\naws_secret_access_key = ${secretKey}\n`;
}

/** White space ends a value or begins a comment in this format, and a line break would begin another setting. */
function fitting(key: string, what: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  const why = key === '' ? 'is empty' : 'holds white space or other characters that a credentials file cannot carry';
  throw new WindlassFailure('ReferenceUnresolved', `The ${what} of the object store ${why}.`, {
    object: what,
    next: `Look at the reference that gives the ${what} of the target: often it is a stray line break.`,
  });
}
