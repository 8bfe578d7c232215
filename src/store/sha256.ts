import { createHash } from 'node:crypto';

/** SHA-256 in hex; of a text, that of its UTF-8 bytes. */
export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
