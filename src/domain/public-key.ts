import { createPublicKey, type KeyObject } from 'node:crypto';

/** What stands before the 32 bytes of an Ed25519 key in SPKI (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519 = 'ssh-ed25519';

/**
 * An Ed25519 public key as policies write it: a line of `authorized_keys` (RFC 4253, section 6.6, and RFC 8709), its comment
 * left aside, or base64 SPKI. Null for anything else.
 */
export function publicKeyOf(text: string): KeyObject | null {
  const [type = '', blob = ''] = text.trim().split(/\s+/);
  const der = type === ED25519 ? spkiOf(Buffer.from(blob, 'base64')) : Buffer.from(text, 'base64');
  if (der === null) return null;
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

/** The 32 bytes of an Ed25519 key. */
export function rawKey(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(SPKI.length);
}

/** From the key as SSH writes it: its type and its 32 bytes, each after its length. */
function spkiOf(blob: Buffer): Buffer | null {
  const head = Buffer.concat([
    Buffer.from([0, 0, 0, ED25519.length]),
    Buffer.from(ED25519),
    Buffer.from([0, 0, 0, 32]),
  ]);
  if (blob.length !== head.length + 32 || !blob.subarray(0, head.length).equals(head)) return null;
  return Buffer.concat([SPKI, blob.subarray(head.length)]);
}
