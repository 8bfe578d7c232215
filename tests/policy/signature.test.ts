import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { signedText, type Decision } from '../../src/domain/gate.ts';
import type { DecisionRules, SignerKey } from '../../src/domain/policy.ts';
import { signatureDenial as denialAt } from '../../src/policy/signature.ts';

const pair = generateKeyPairSync('ed25519');
const ada = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const unsigned: Decision = {
  verdict: 'approve',
  bundle: 'b',
  run: 'r',
  phase: 'p',
  step: 's',
  changeDigest: 'c',
  by: 'ada',
  comment: '',
  signature: '',
};
const to = { kind: 'decision', environment: 'production', rollout: 'platform' } as const;
const signed = (decision: Decision): Decision => ({
  ...decision,
  signature: sign(null, Buffer.from(signedText(to, decision)), pair.privateKey).toString('base64'),
});
const NOW = Date.parse('2026-06-01T00:00:00Z');

function rules(signatures: DecisionRules['signatures'], ...keys: Partial<SignerKey>[]) {
  const all = (keys.length === 0 ? [{}] : keys).map((key) => ({ key: ada, revoked: false, ...key }));
  return { signatures, signers: { ada: all } };
}
const signatureDenial = (of: Pick<DecisionRules, 'signatures' | 'signers'>, by: string, decision: Decision) =>
  denialAt(of, by, to, decision, NOW);
const required = rules('required');

describe('a signature', () => {
  test.each([
    { ...to, kind: 'command' as const },
    { ...to, kind: 'start' as const },
    { ...to, environment: 'staging' },
    { ...to, rollout: 'other' },
  ])('over one message stands for no other: %p', (other) => {
    expect(denialAt(required, 'ada', other, signed(unsigned), NOW)).toMatch(/not ada's/);
  });

  test('of the identity it names over the whole decision stands', () => {
    expect(signatureDenial(required, 'ada', signed(unsigned))).toBeNull();
  });

  test.each(['verdict', 'bundle', 'run', 'phase', 'step', 'changeDigest', 'by', 'comment'] as const)(
    'does not stand when %s was changed after signing',
    (field) => {
      const forged = { ...signed(unsigned), [field]: 'other' };
      expect(signatureDenial(required, 'ada', forged)).toMatch(/not ada's/);
    },
  );

  test('is asked for where it is required', () => {
    expect(signatureDenial(required, 'ada', unsigned)).toMatch(/not signed/);
    expect(signatureDenial(required, 'mallory', unsigned)).toMatch(/mallory has no key/);
    expect(signatureDenial(required, 'constructor', unsigned)).toMatch(/constructor has no key/);
  });

  test('may be missing where signatures are optional, but not for an identity that has a key', () => {
    expect(signatureDenial(rules('optional'), 'demo', unsigned)).toBeNull();
    expect(signatureDenial(rules('optional'), 'ada', unsigned)).toMatch(/not signed/);
  });

  test('that is no base64, or a key that is none, proves nothing', () => {
    expect(signatureDenial(required, 'ada', { ...unsigned, signature: '%%%' })).toMatch(/not ada's/);
    expect(signatureDenial(rules('required', { key: 'zz' }), 'ada', signed(unsigned))).toMatch(/not ada's/);
  });

  test.each([
    ['is revoked', { revoked: true }],
    ['is not valid before 2026-06-02', { validAfter: '2026-06-02' }],
    ['was valid before 2026-06-01T02:00:00+02:00', { validBefore: '2026-06-01T02:00:00+02:00' }],
  ])('by a key that %s does not stand', (why, key) => {
    expect(signatureDenial(rules('required', key), 'ada', signed(unsigned))).toBe(
      `the key with which ada signed ${why}`,
    );
  });

  test('by another key of the same identity stands', () => {
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const both = rules(
      'required',
      { key: other, revoked: true },
      { validAfter: '2026-01-01', validBefore: '2027-01-01' },
    );
    expect(signatureDenial(both, 'ada', signed(unsigned))).toBeNull();
  });
});

describe('a signature of ssh-keygen', () => {
  // What `ssh-keygen -Y sign` of OpenSSH 9.2 wrote over the text of `unsigned`, for the purposes `windlass` and `git`.
  const SSH_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIxyeiFLDlgeOYjQVjb6QthOVvHUJ8DpQ3gaVGTVJbc/ ada@example.com';
  const armored = (...lines: readonly string[]) =>
    ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
  const WINDLASS = [
    'U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgjHJ6IUsOWB45iNBWNvpC2E5W8d',
    'QnwOlDeBpUZNUltz8AAAAId2luZGxhc3MAAAAAAAAABnNoYTUxMgAAAFMAAAALc3NoLWVk',
    'MjU1MTkAAABA3jRejzW3M2IW0fDXd4Rgqna+OaSL3ofsAqnXx+pvS//y8k4LurEFqsMeZD',
    '5cdCAAofy7FSYj1+UBVeDlFW2PCA==',
  ];
  const GIT = [
    'U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgjHJ6IUsOWB45iNBWNvpC2E5W8d',
    'QnwOlDeBpUZNUltz8AAAADZ2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5',
    'AAAAQBtvxWGudP691pK3yxBR86E2F1W2hP0Kx4YDozeuWp0jv13O4e9xoylhtaTSOrPTNX',
    'maWCtkWU38pDN9bv9nWAo=',
  ];
  const of = rules('required', { key: SSH_KEY });
  const signedBySsh = { ...unsigned, signature: armored(...WINDLASS) };

  test('stands by the key as authorized_keys has it, with its comment', () => {
    expect(signatureDenial(of, 'ada', signedBySsh)).toBeNull();
  });

  test('does not stand over another content, by another key, for another purpose, or cut off', () => {
    expect(signatureDenial(of, 'ada', { ...signedBySsh, comment: 'other' })).toMatch(/not ada's/);
    expect(signatureDenial(required, 'ada', signedBySsh)).toMatch(/not ada's/);
    expect(signatureDenial(of, 'ada', { ...unsigned, signature: armored(...GIT) })).toMatch(/not ada's/);
    expect(signatureDenial(of, 'ada', { ...unsigned, signature: armored(WINDLASS[0] ?? '') })).toMatch(/not ada's/);
  });
});
