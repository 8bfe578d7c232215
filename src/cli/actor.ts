import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { Command } from 'commander';
import type { Actor } from '../client.ts';
import { readFileWithin } from '../bounded.ts';
import { OverLimit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { wrongUsage } from './run.ts';

export interface ActorOptions {
  readonly as?: string;
  readonly key?: string;
}

/** Adds the options that say who acts. */
export function actorOptions(command: Command): Command {
  return command
    .option('--as <identity>', 'who acts, instead of the user of this process')
    .option('--key <file>', 'Ed25519 private key (PEM) that signs');
}

/** Who acts, from the options. @throws WindlassFailure `WrongUsage`, `LimitExceeded` for a key that cannot sign. */
export async function actorOf(options: ActorOptions): Promise<Actor> {
  const by = options.as === undefined ? {} : { by: options.as };
  if (options.key === undefined) return by;
  const key = await privateKey(options.key);
  return { ...by, sign: (text) => sign(null, Buffer.from(text), key).toString('base64') };
}

async function privateKey(path: string): Promise<KeyObject> {
  const next = 'Make one with `openssl genpkey -algorithm ed25519 -out key.pem`.';
  let key: KeyObject;
  try {
    key = createPrivateKey(await readFileWithin(path, LIMITS.key, 'The private key'));
  } catch (error) {
    if (error instanceof OverLimit) throw error;
    // The reason may quote the file, which holds a secret.
    throw wrongUsage('This file cannot be read as a private key in PEM.', next, path);
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw wrongUsage(`This key is of type ${key.asymmetricKeyType ?? 'unknown'}, not Ed25519.`, next, path);
}
