import { createHash, verify, type KeyObject } from 'node:crypto';
import { signedText, type Addressed } from '../domain/gate.ts';
import { isSameIdentity } from '../domain/identity.ts';
import { keyDenial, type DecisionRules, type SignerKey } from '../domain/policy.ts';
import { publicKeyOf, rawKey } from '../domain/public-key.ts';

/** What `ssh-keygen -Y sign -n` is told. */
const SSH_NAMESPACE = 'windlass';
const MAGIC = 'SSHSIG';

/**
 * Why the signature of a decision, command or start cannot stand, or null when it can: Ed25519 (RFC 8032) over
 * `signedText`, bare in base64 or as `ssh-keygen -Y sign -n windlass` writes it, by a key of this
 * identity that counts now. An unsigned message stands where signatures are optional and the identity has no key: whoever
 * has a key always signs, or anyone could speak for them.
 *
 * @param to what the message is taken for, and by which rollout.
 * @param now milliseconds since the epoch.
 */
export function signatureDenial(
  { signatures, signers }: Pick<DecisionRules, 'signatures' | 'signers'>,
  by: string,
  to: Addressed,
  message: { readonly signature: string },
  now: number,
): string | null {
  const keys = keysOf(signers, by);
  if (keys.length === 0) return signatures === 'optional' ? null : `signatures are required here, and ${by} has no key`;
  if (message.signature === '') return `${by} has a key here, but the message is not signed`;
  const text = signedText(to, message);
  const signed = keys.find(({ key }) => isValid(key, text, message.signature));
  if (signed === undefined) return `the signature is not ${by}'s over this content`;
  const denial = keyDenial(signed, now);
  return denial === null ? null : `the key with which ${by} signed ${denial}`;
}

/** Keys of a person, however the policy writes the name: nobody gets around a key by another spelling. */
function keysOf(signers: DecisionRules['signers'], by: string): readonly SignerKey[] {
  return Object.entries(signers).flatMap(([identity, keys]) => (isSameIdentity(identity, by) ? keys : []));
}

/** Whether a message was signed, and the signature stands. */
export function isSigned(
  rules: Pick<DecisionRules, 'signatures' | 'signers'>,
  by: string,
  to: Addressed,
  message: { readonly signature: string },
  now: number,
): boolean {
  return keysOf(rules.signers, by).length > 0 && signatureDenial(rules, by, to, message, now) === null;
}

function isValid(key: string, text: string, signature: string): boolean {
  const publicKey = publicKeyOf(key);
  // A key or signature that cannot be parsed proves nothing.
  if (publicKey === null) return false;
  try {
    if (signature.includes('SSH SIGNATURE')) return isValidSsh(publicKey, text, signature);
    return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

/** OpenSSH's own form of signatures: PROTOCOL.sshsig of OpenSSH, version 1. */
function isValidSsh(publicKey: KeyObject, text: string, armored: string): boolean {
  const read = new SshReader(Buffer.from(armored.replace(/-----[A-Z ]+-----/g, ''), 'base64'));
  if (read.bytes(MAGIC.length).toString() !== MAGIC || read.uint32() !== 1) return false;
  const key = new SshReader(read.field());
  const [namespace, reserved, algorithm] = [read.field(), read.field(), read.field().toString()];
  const blob = new SshReader(read.field());
  const isEd25519 = key.field().toString() === 'ssh-ed25519' && blob.field().toString() === 'ssh-ed25519';
  if (!isEd25519 || !['sha256', 'sha512'].includes(algorithm) || namespace.toString() !== SSH_NAMESPACE) return false;
  if (!key.field().equals(rawKey(publicKey))) return false;
  const hash = createHash(algorithm).update(text).digest();
  const fields = [namespace, reserved, Buffer.from(algorithm), hash].flatMap((field) => [lengthOf(field), field]);
  return verify(null, Buffer.concat([Buffer.from(MAGIC), ...fields]), publicKey, blob.field());
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}

/** Reads what SSH writes (RFC 4251, section 5). @throws RangeError at the end. */
class SshReader {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  bytes(count: number): Buffer {
    if (this.#at + count > this.#data.length) throw new RangeError('the signature is cut off');
    const from = this.#at;
    this.#at += count;
    return this.#data.subarray(from, this.#at);
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  field(): Buffer {
    return this.bytes(this.uint32());
  }
}
