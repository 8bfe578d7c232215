import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { LabPaths } from './directory.ts';
import { PRIVATE, readIfThere, writeFileAtomically } from './files.ts';

const secrets = z.object({
  postgresPassword: z.string(),
  s3AccessKey: z.string(),
  s3SecretKey: z.string(),
  appPassword: z.string(),
});

/** The lab's own credentials: made up once per lab, never constants. */
export type LabSecrets = z.output<typeof secrets>;

export function loadOrMakeSecrets(paths: LabPaths): LabSecrets {
  const text = readIfThere(paths.secrets);
  if (text !== undefined) return secrets.parse(JSON.parse(text));
  const made: LabSecrets = {
    postgresPassword: generate(24),
    s3AccessKey: `lab${randomBytes(8).toString('hex')}`,
    s3SecretKey: generate(30),
    appPassword: generate(24),
  };
  writeFileAtomically(paths.secrets, `${JSON.stringify(made, undefined, 2)}\n`, PRIVATE);
  return made;
}

function generate(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
