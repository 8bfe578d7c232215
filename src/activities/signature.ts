import { createPublicKey, verify } from 'node:crypto';
import type { DecisionPolicy } from '../domain/environment.ts';
import { signedText } from '../domain/gate.ts';

/**
 * Why the signature of a decision, command or start cannot stand, or null when it can: Ed25519 (RFC 8032) over the
 * canonical JSON of everything else, by the key that the environment gives for this identity. An unsigned message stands
 * where signatures are optional and the identity has no key: whoever has a key always signs, or anyone could speak for them.
 */
export function signatureDenial(
  policy: Pick<DecisionPolicy, 'signatures' | 'keys'>,
  by: string,
  message: { readonly signature: string },
): string | null {
  const key = policy.keys[by];
  if (key === undefined)
    return policy.signatures === 'optional' ? null : `this environment asks for signatures and has no key of ${by}`;
  if (message.signature === '') return `${by} has a key in this environment, but the message is not signed`;
  return isValid(key, signedText(message), message.signature) ? null : `the signature is not ${by}'s over this content`;
}

function isValid(key: string, text: string, signature: string): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
    return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64'));
  } catch {
    return false; // A key or signature that cannot be parsed proves nothing.
  }
}
