import { createPublicKey, verify } from 'node:crypto';
import type { Bundle } from '../domain/bundle.ts';
import type { DecisionPolicy } from '../domain/environment.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { signedText } from '../domain/gate.ts';
import { shapeOf } from '../domain/shape.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { recorder } from './recorder.ts';
import type { WindlassActivities } from '../contract/activities.ts';

/** The activities of the rollout itself: its bundle, its signatures, its record. */
export function rolloutActivities(
  deps: ActivityDeps,
): Pick<WindlassActivities, 'openRollout' | 'judgeSignature' | 'appendRecord'> {
  const record = recorder(deps.record);
  return {
    openRollout: guarded(async (input, run) => {
      const { bundle, files } = await deps.openBundle(input.bundle);
      // Every file is read against its digest before anything is touched: a bundle that was tampered with never starts.
      for (const path of Object.keys(bundle.files)) await readThrough(files.stream(path));
      assertMayStart(bundle, input);
      const { environment, rollout, startedBy: by, signature } = input;
      await record({ environment, rollout, run, bundle: input.bundle }, null, null, { type: 'start', by, signature });
      return shapeOf(bundle);
    }),

    judgeSignature: guarded(async (digest, signed) => {
      const { bundle } = await deps.openBundle(digest);
      return signatureDenial(bundle.decisions, signed.by, signed);
    }),

    appendRecord: guarded((scope, phase, step, key, body) => record(scope, phase, step, body, key)),
  };
}

/** Files are checked against their digests as they are read. */
async function readThrough(bytes: AsyncIterable<Buffer>): Promise<void> {
  const source = bytes[Symbol.asyncIterator]();
  for (let next = await source.next(); next.done !== true;) next = await source.next();
}

/** What starts are judged by: those of rollouts and those of drills. */
interface Start {
  readonly rollout: string;
  readonly environment: string;
  readonly startedBy: string;
  readonly signature: string;
}

/**
 * @throws WindlassFailure `InvalidRollout` for a bundle of something else than is started, `DecisionDenied` for a signature
 * that cannot stand.
 */
export function assertMayStart(bundle: Bundle, input: Start): void {
  assertMeant(bundle, input);
  const denial = signatureDenial(bundle.decisions, input.startedBy, input);
  if (denial === null) return;
  throw new WindlassFailure('DecisionDenied', `The start cannot stand: ${denial}.`, {
    object: `${input.rollout} in ${input.environment}`,
    next: 'Start it with `--key FILE` of somebody whose public key the environment lists.',
  });
}

function assertMeant(bundle: Bundle, input: { readonly rollout: string; readonly environment: string }): void {
  if (bundle.rollout === input.rollout && bundle.environment === input.environment) return;
  throw new WindlassFailure(
    'InvalidRollout',
    `The bundle is of ${bundle.rollout} for ${bundle.environment}, not of ${input.rollout} for ${input.environment}.`,
    { object: 'start', next: 'Start the rollout with its own bundle.' },
  );
}

/**
 * Why the signature of a decision, command or start cannot stand, or null when it can: Ed25519 (RFC 8032) over the
 * canonical JSON of everything else, by the key that the environment gives for this identity. An unsigned message stands
 * where signatures are optional and the identity has no key: whoever has a key always signs, or anyone could speak for them.
 *
 * @internal exported for its tests
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
