import { generateKeyPairSync, randomBytes, randomInt, randomUUID, X509Certificate } from 'node:crypto';
import { MADE_UP_ALPHABETS, type Keeping, type MadeUp, type MadeUpCertificate } from '../../domain/made-up.ts';
import type { Reference } from '../../domain/reference.ts';
import { issue, type Issued, type Texts } from './certificates.ts';

/** `value/part`, as holes name it. */
export type PartKey = `${number}/${'text' | 'cert' | 'key'}`;

/** A certificate is made anew in the last third of its life. */
const RENEWED_AFTER = 2 / 3;

/**
 * The values of a step: those that were found in the cluster, and new ones for the rest. Certificates that sign each
 * other are found together or made together.
 *
 * @param placed which parts have a place
 * @param resolve turns a reference into its value. @throws WindlassFailure `ReferenceUnresolved`
 */
export async function valuesOf(
  { values }: Keeping,
  placed: ReadonlySet<PartKey>,
  found: ReadonlyMap<PartKey, string>,
  resolve: (reference: Reference) => Promise<string>,
): Promise<readonly Texts[]> {
  const whole = families(values).filter((family) => {
    const parts = [...placed].filter((key) => family.includes(Number.parseInt(key, 10)));
    return parts.every((key) => found.has(key)) && parts.every((key) => isFresh(key, found.get(key) ?? ''));
  });
  const kept = new Set(whole.flat());
  const issued = new Map<number, Issued>();
  const texts: Texts[] = [];
  const certificate = async (number: number, asked: MadeUpCertificate): Promise<Issued> => {
    const known = issued.get(number);
    if (known !== undefined) return known;
    const signer = asked.signer === null ? undefined : values[asked.signer];
    const by = signer?.kind === 'certificate' ? await certificate(asked.signer ?? 0, signer) : null;
    const made = await issue(asked, by);
    issued.set(number, made);
    return made;
  };
  for (const [number, value] of values.entries()) {
    if (value.kind === 'reference') texts.push({ text: await resolve(value.reference) });
    else if (kept.has(number)) texts.push(textsFound(number, found));
    else if (value.kind === 'certificate') texts.push((await certificate(number, value)).texts);
    else texts.push({ text: found.get(`${number}/text`) ?? made(value) });
  }
  return texts;
}

/** Certificates with those that sign them, directly or not. */
function families(values: readonly MadeUp[]): readonly (readonly number[])[] {
  const rootOf = (number: number): number => {
    const value = values[number];
    return value?.kind === 'certificate' && value.signer !== null ? rootOf(value.signer) : number;
  };
  const numbers = [...values.keys()].filter((number) => values[number]?.kind === 'certificate');
  return [...Map.groupBy(numbers, rootOf).values()];
}

function textsFound(number: number, found: ReadonlyMap<PartKey, string>): Texts {
  const parts = (['cert', 'key'] as const).map((part) => [part, found.get(`${number}/${part}`)] as const);
  return Object.fromEntries(parts.filter(([, text]) => text !== undefined));
}

function isFresh(key: PartKey, text: string): boolean {
  if (!key.endsWith('/cert')) return true;
  try {
    const { validFromDate, validToDate } = new X509Certificate(text);
    const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
    return Date.now() < from + (to - from) * RENEWED_AFTER;
  } catch {
    return false;
  }
}

function made(value: Exclude<MadeUp, MadeUpCertificate | { kind: 'reference' }>): string {
  if (value.kind === 'uuid') return randomUUID();
  if (value.kind === 'bytes') return randomBytes(value.length).toString('base64');
  if (value.kind === 'key') return privateKey(value.algorithm);
  const characters = MADE_UP_ALPHABETS[value.alphabet];
  return Array.from({ length: value.length }, () => characters.charAt(randomInt(characters.length))).join('');
}

/** As Sprig's genPrivateKey makes them, but for DSA, which Node.js writes as PKCS #8. */
function privateKey(algorithm: 'rsa' | 'dsa' | 'ecdsa' | 'ed25519'): string {
  const pem = 'pem';
  switch (algorithm) {
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: 4096 })
        .privateKey.export({ type: 'pkcs1', format: pem })
        .toString();
    case 'ecdsa':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'sec1', format: pem })
        .toString();
    case 'dsa':
      return generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 })
        .privateKey.export({ type: 'pkcs8', format: pem })
        .toString();
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: pem }).toString();
  }
}
