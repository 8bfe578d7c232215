import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, sign } from 'node:crypto';
import { signatureDenial } from '../../src/activities/rollout.ts';
import { signedText, type Decision } from '../../src/domain/gate.ts';

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
const signed = (decision: Decision): Decision => ({
  ...decision,
  signature: sign(null, Buffer.from(signedText(decision)), pair.privateKey).toString('base64'),
});
const required = { signatures: 'required', keys: { ada } } as const;

describe('a signature', () => {
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

  test('is asked for where the environment requires it', () => {
    expect(signatureDenial(required, 'ada', unsigned)).toMatch(/not signed/);
    expect(signatureDenial(required, 'mallory', unsigned)).toMatch(/no key of mallory/);
  });

  test('may be missing where signatures are optional, but not for an identity that has a key', () => {
    const optional = { signatures: 'optional', keys: { ada } } as const;
    expect(signatureDenial(optional, 'demo', unsigned)).toBeNull();
    expect(signatureDenial(optional, 'ada', unsigned)).toMatch(/not signed/);
  });

  test('that is no base64, or a key that is none, proves nothing', () => {
    expect(signatureDenial(required, 'ada', { ...unsigned, signature: '%%%' })).toMatch(/not ada's/);
    expect(signatureDenial({ signatures: 'required', keys: { ada: 'zz' } }, 'ada', signed(unsigned))).toMatch(
      /not ada's/,
    );
  });
});
