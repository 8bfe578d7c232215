import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const ITERATIONS = 4096;
const MOST_ITERATIONS = 2 ** 31 - 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** How PostgreSQL writes a SCRAM-SHA-256 secret (RFC 5803): iterations, salt, stored key, server key. */
const VERIFIER = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;

/**
 * The verifier of a password (RFC 5802), in the form PostgreSQL stores: whoever has it cannot log in with it.
 *
 * @throws RangeError when `iterations` is no whole number from 1 to 2^31 - 1.
 */
export async function scramVerifier(
  password: string,
  salt: Buffer = randomBytes(SALT_BYTES),
  iterations = ITERATIONS,
): Promise<string> {
  const salted = await derive(saslPrepared(password), salt, iterations, HASH_BYTES, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${String(iterations)}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/**
 * Whether a stored verifier is of this password; false for what is not a SCRAM-SHA-256 verifier, such as md5, or one with a
 * number of iterations that no server takes. Throws nothing.
 */
export async function isVerifierOf(stored: string, password: string): Promise<boolean> {
  const [, iterations, salt] = VERIFIER.exec(stored) ?? [];
  if (iterations === undefined || salt === undefined) return false;
  if (Number(iterations) < 1 || Number(iterations) > MOST_ITERATIONS) return false;
  const expected = Buffer.from(await scramVerifier(password, Buffer.from(salt, 'base64'), Number(iterations)));
  const given = Buffer.from(stored);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Spaces that are not ASCII (RFC 3454 C.1.2): one range and single characters. */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** What is commonly mapped to nothing (RFC 3454 B.1). */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200b-\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;

/**
 * SASLprep (RFC 4013) as the server does it, so that every client derives the same key: a password that it forbids, for
 * control characters for one, is taken as it is. Its check of text directions is left out.
 */
function saslPrepared(password: string): string {
  const prepared = password.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  return prepared === '' || /\p{C}/u.test(prepared) ? password : prepared;
}
