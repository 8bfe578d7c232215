import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { LabPaths } from './directory.ts';
import { LabFailure } from './failure.ts';
import { PRIVATE, readIfThere, writeFileAtomically } from './files.ts';

const secrets = z.object({
  postgresPassword: z.string(),
  s3AccessKey: z.string(),
  s3SecretKey: z.string(),
  appPassword: z.string(),
});

/** The lab's own credentials: made up once per lab, never constants. */
export type LabSecrets = z.output<typeof secrets>;

/** @throws LabFailure when the file is not what the lab wrote. */
export function loadOrMakeSecrets(paths: LabPaths): LabSecrets {
  const text = readIfThere(paths.secrets);
  if (text !== undefined) return readSecrets(paths.secrets, text);
  const made: LabSecrets = {
    postgresPassword: generate(24),
    s3AccessKey: `lab${randomBytes(8).toString('hex')}`,
    s3SecretKey: generate(30),
    appPassword: generate(24),
  };
  writeFileAtomically(paths.secrets, `${JSON.stringify(made, undefined, 2)}\n`, PRIVATE);
  return made;
}

/** The file with the key of the lab's workers, made when there is none. */
export function workerKeyFile({ workerKey }: LabPaths): string {
  if (readIfThere(workerKey) === undefined) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileAtomically(workerKey, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), PRIVATE);
  }
  return workerKey;
}

/** What is wrong is not quoted: it would be a secret. */
function readSecrets(path: string, text: string): LabSecrets {
  try {
    return secrets.parse(JSON.parse(text));
  } catch {
    throw new LabFailure(
      "The lab's own credentials cannot be read: the file was changed or cut off.",
      path,
      'Put the file back, or make a fresh lab with `windlass lab reset`.',
    );
  }
}

function generate(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
