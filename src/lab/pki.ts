import 'reflect-metadata';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { stringify } from 'yaml';
import type { LabPaths } from './directory.ts';
import { nodeNames } from './node/names.ts';
import { PRIVATE, readIfThere, writeFileAtomically } from './files.ts';
import { LOOPBACK } from './ports.ts';

/** Who may talk to the API server. All are administrators: a lab's cluster belongs to one person. */
export const IDENTITIES = {
  admin: 'windlass-lab-admin',
  'controller-manager': 'system:kube-controller-manager',
  scheduler: 'system:kube-scheduler',
  kwok: 'windlass-lab-kwok',
  kubelet: 'windlass-lab-kubelet',
  velero: 'windlass-lab-velero',
} as const;
export type Identity = keyof typeof IDENTITIES;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const YEARS = 5;
const SERVER_NAMES = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];
/** The first addresses of the service range and of loopback. */
const SERVER_ADDRESSES = ['127.0.0.1', '10.96.0.1'];

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}
type CryptoKeyPair = webcrypto.CryptoKeyPair;

/**
 * Makes the lab's certificate authority and all that it signs, once; a lab that has them keeps them.
 *
 * @throws Error of `node:fs` when the files cannot be written.
 */
export async function ensurePki(paths: LabPaths): Promise<void> {
  // Written last, hence the sign that all else is there.
  if (existsSync(join(paths.pki, 'service-account.key'))) return;
  mkdirSync(paths.pki, { recursive: true, mode: 0o700 });
  const authority = await makeAuthority();
  save(paths, 'ca.crt', authority.certificate.toString('pem'));
  await issue(paths, authority, 'apiserver', 'CN=kube-apiserver', [
    new x509.SubjectAlternativeNameExtension([
      ...SERVER_NAMES.map((value) => ({ type: 'dns' as const, value })),
      ...[...SERVER_ADDRESSES, nodeNames(paths).gateway].map((value) => ({ type: 'ip' as const, value })),
    ]),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
  ]);
  for (const [file, user] of Object.entries(IDENTITIES)) {
    const group = user.startsWith('system:') ? '' : ', O=system:masters';
    await issue(paths, authority, file, `CN=${user}${group}`, [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ]);
  }
  const serviceAccount = await makeKeys();
  save(paths, 'service-account.pub', await pem('spki', 'PUBLIC KEY', serviceAccount.publicKey));
  save(paths, 'service-account.key', await pem('pkcs8', 'PRIVATE KEY', serviceAccount.privateKey));
}

/** Writes a kubeconfig for one identity, with its certificates inside. Returns the file's path. */
export function writeKubeconfig(paths: LabPaths, identity: Identity, port: number): string {
  const path = identity === 'admin' ? paths.kubeconfig : join(paths.pki, `${identity}.kubeconfig`);
  writeFileAtomically(path, kubeconfigText(paths, identity, `${LOOPBACK}:${port}`), PRIVATE);
  return path;
}

/** @param address host and port of the API server. */
export function kubeconfigText(paths: LabPaths, identity: Identity, address: string): string {
  const read = (name: string) => Buffer.from(readIfThere(join(paths.pki, name)) ?? '').toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'windlass-lab',
        cluster: { server: `https://${address}`, 'certificate-authority-data': read('ca.crt') },
      },
    ],
    users: [
      {
        name: identity,
        user: {
          'client-certificate-data': read(`${identity}.crt`),
          'client-key-data': read(`${identity}.key`),
        },
      },
    ],
    contexts: [{ name: 'windlass-lab', context: { cluster: 'windlass-lab', user: identity } }],
    'current-context': 'windlass-lab',
  };
  return stringify(config);
}

async function makeAuthority(): Promise<Authority> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=windlass-lab',
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate, keys };
}

async function issue(
  paths: LabPaths,
  authority: Authority,
  file: string,
  subject: string,
  extensions: x509.Extension[],
): Promise<void> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      ...extensions,
    ],
  });
  save(paths, `${file}.crt`, certificate.toString('pem'));
  save(paths, `${file}.key`, await pem('pkcs8', 'PRIVATE KEY', keys.privateKey));
}

async function makeKeys(): Promise<CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function pem(format: 'pkcs8' | 'spki', label: string, key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey(format, key), label);
}

function validity(): { notBefore: Date; notAfter: Date } {
  // A day back, for clocks that are set right later.
  const notBefore = new Date(Date.now() - 86_400_000);
  const notAfter = new Date(notBefore);
  notAfter.setFullYear(notAfter.getFullYear() + YEARS);
  return { notBefore, notAfter };
}

function save(paths: LabPaths, name: string, text: string): void {
  writeFileAtomically(join(paths.pki, name), `${text}\n`, PRIVATE);
}
