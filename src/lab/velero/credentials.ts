import type { LabSecrets } from '../secrets.ts';

/** A credentials file as the AWS plugin reads it. */
export function awsCredentials({ s3AccessKey, s3SecretKey }: LabSecrets): string {
  return `[default]\naws_access_key_id=${s3AccessKey}\naws_secret_access_key=${s3SecretKey}\n`;
}
