import { createPrivateKey, webcrypto } from 'node:crypto';
import type { X509Certificate } from '@peculiar/x509';
import type { MadeUpCertificate } from '../../domain/made-up.ts';

/** As Sprig's functions of that name make them: RSA of 2048 bits, for servers and clients. */
const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;
const DAY_MS = 24 * 3600 * 1000;

/** A value, by part. */
export type Texts = Readonly<Partial<Record<'text' | 'cert' | 'key', string>>>;

/** A certificate that can sign others. */
export interface Issued {
  readonly texts: Texts;
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

/**
 * Makes a certificate and its key.
 *
 * @param signer null for one that signs itself
 * @throws TypeError of the library for an address that is none.
 */
export async function issue(asked: MadeUpCertificate, signer: Issued | null): Promise<Issued> {
  // Loaded here, since few steps make certificates.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const { commonName, addresses, names, days, authority } = asked;
  const notBefore = new Date();
  const subject = [{ CN: [commonName] }];
  const { digitalSignature, keyEncipherment, keyCertSign } = x509.KeyUsageFlags;
  const flags: readonly number[] = [digitalSignature, keyEncipherment, ...(authority ? [keyCertSign] : [])];
  const usages = flags.reduce((all, flag) => all | flag);
  const alternatives = [
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
    ...names.map((value) => ({ type: 'dns' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: signer === null ? subject : signer.certificate.subject,
    notBefore,
    notAfter: new Date(notBefore.getTime() + days * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: (signer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(authority, undefined, true),
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- flags that are joined are a number
      new x509.KeyUsagesExtension(usages, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create((signer?.keys ?? keys).publicKey),
      ...(alternatives.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(alternatives)]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs1', format: 'pem' });
  return { texts: { cert: `${certificate.toString('pem').trim()}\n`, key: key.toString() }, certificate, keys };
}
