import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readText } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';

/** What a Secret of type `kubernetes.io/tls` holds, in one file. */
export interface Certificate {
  readonly digest: string;
  readonly pem: string;
}

/** @returns null for a Secret whose certificate and key are none, or do not belong together: nginx would refuse all of its servers. */
export function certificateIn(secret: Json): Certificate | null {
  const text = (key: string) => Buffer.from(readText(secret, 'data', key) ?? '', 'base64').toString('utf8');
  const [certificate, key] = [text('tls.crt'), text('tls.key')];
  try {
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return null;
  } catch {
    return null;
  }
  const pem = `${certificate.trimEnd()}\n${key.trimEnd()}\n`;
  return { digest: createHash('sha256').update(pem).digest('hex'), pem };
}
