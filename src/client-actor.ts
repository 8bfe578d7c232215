import { userInfo } from 'node:os';
import { signedText } from './domain/gate.ts';

/** Who acts, and how the act is signed where the environment asks for signatures. */
export interface Actor {
  /** Identity; the user of this process unless given. */
  readonly by?: string;
  /** Returns the base64 Ed25519 signature of a text. */
  readonly sign?: (text: string) => string;
}

export function identityOf({ by }: Actor): string {
  return by ?? userInfo().username;
}

/** A message as its actor signs it; the signature is empty for one without a key. */
export function signed<Message extends object>(
  message: Message,
  { sign }: Actor,
): Message & { readonly signature: string } {
  const unsigned = { ...message, signature: '' };
  return { ...unsigned, signature: sign?.(signedText(unsigned)) ?? '' };
}
