import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import {
  addressOfDecision,
  decisionOver,
  signedText,
  type Addressed,
  type Decision,
  type OpenGate,
} from './domain/gate.ts';
import type { RolloutStatus } from './domain/status.ts';
import type { Once } from './contract/messages.ts';

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
  to: Addressed,
  message: Message,
  { sign }: Actor,
): Message & { readonly signature: string } {
  const unsigned = { ...message, signature: '' };
  return { ...unsigned, signature: sign?.(signedText(to, unsigned)) ?? '' };
}

/** How long a signed start may wait for a worker. */
const START_VALID_MS = 24 * 3_600_000;

/** What makes a signed start count once, and not for ever; nothing for one that is not signed. */
export function once({ sign }: Actor): Once {
  if (sign === undefined) return {};
  const now = Date.now();
  return {
    nonce: randomUUID(),
    validUntil: new Date(now + START_VALID_MS).toISOString(),
    signedAt: new Date(now).toISOString(),
  };
}

/** A decision over exactly the changes that were shown, signed where its actor signs: what `decide` sends. */
export function decisionBy(
  ref: Pick<Addressed, 'environment' | 'rollout'>,
  verdict: Decision['verdict'],
  shown: { readonly status: RolloutStatus; readonly gate: OpenGate },
  options: Actor & { readonly comment?: string } = {},
): Decision {
  const said = { verdict, by: identityOf(options), comment: options.comment ?? '' };
  return signed(addressOfDecision(ref), decisionOver(shown.status, shown.gate, said), options);
}
