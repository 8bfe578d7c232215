import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { isVerifierOf, scramVerifier } from '../../src/postgres/scram.ts';

/** The exchange of RFC 7677, section 3: what a server that stores the verifier must sign. */
const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const EXCHANGE =
  'n=user,r=rOprNGfwEbeRWgbNEkqO,' +
  'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,' +
  'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const SERVER_SIGNATURE = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

describe('the SCRAM-SHA-256 verifier', () => {
  test('signs the exchange of RFC 7677 as its server does', async () => {
    const verifier = await scramVerifier('pencil', SALT, 4096);
    const serverKey = Buffer.from(verifier.split(':').at(-1) ?? '', 'base64');
    expect(createHmac('sha256', serverKey).update(EXCHANGE).digest('base64')).toBe(SERVER_SIGNATURE);
    expect(verifier).toMatch(/^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$[^:]+:[^:]+$/);
  });

  test('is another one each time, and each is recognised as of the same password', async () => {
    const [one, other] = await Promise.all([scramVerifier('pencil'), scramVerifier('pencil')]);
    expect(one).not.toBe(other);
    await expect(isVerifierOf(one, 'pencil')).resolves.toBe(true);
    await expect(isVerifierOf(other, 'pencil')).resolves.toBe(true);
    await expect(isVerifierOf(one, 'pencils')).resolves.toBe(false);
  });

  test('keeps the iterations of the stored one when it compares', async () => {
    await expect(isVerifierOf(await scramVerifier('pencil', SALT, 10_000), 'pencil')).resolves.toBe(true);
  });

  test('does not hold the password', async () => {
    await expect(scramVerifier('pencil')).resolves.not.toContain('pencil');
  });

  test('takes an md5 secret and nonsense for secrets of another password', async () => {
    await expect(isVerifierOf('md5a1b2c3', 'pencil')).resolves.toBe(false);
    await expect(isVerifierOf('SCRAM-SHA-256$4096:AAAA$BBBB', 'pencil')).resolves.toBe(false);
  });

  test('is the same for two spellings of one password that SASLprep makes equal', async () => {
    const composed = await scramVerifier('caf\u00e9\u00a0\u2168', SALT);
    const spelled = await scramVerifier('cafe\u0301 IX\u00ad', SALT);
    expect(composed).toBe(spelled);
  });
});
