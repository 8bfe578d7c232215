import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { labPaths } from '../../src/lab/directory.ts';
import { ensurePki, writeKubeconfig } from '../../src/lab/pki.ts';
import { scratchDirectories } from './scratch.ts';

const scratch = scratchDirectories();

async function made() {
  const paths = labPaths(scratch());
  await ensurePki(paths);
  const read = (name: string) => readFileSync(join(paths.pki, name), 'utf8');
  return { paths, read, certificate: (name: string) => new X509Certificate(read(`${name}.crt`)) };
}

describe("the lab's certificates", () => {
  test('are signed by its own authority, each with its own key', async () => {
    const { read, certificate } = await made();
    const authority = certificate('ca');
    expect(authority.ca).toBe(true);
    for (const name of ['apiserver', 'admin', 'controller-manager', 'scheduler', 'kwok', 'velero']) {
      expect(certificate(name).verify(authority.publicKey)).toBe(true);
      expect(certificate(name).checkPrivateKey(createPrivateKey(read(`${name}.key`)))).toBe(true);
      expect(certificate(name).ca).toBe(false);
    }
  });

  test('name the API server by its addresses and the administrators by their group', async () => {
    const { certificate } = await made();
    expect(certificate('apiserver').checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate('apiserver').checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
    expect(certificate('admin').subject).toBe('CN=windlass-lab-admin\nO=system:masters');
    expect(certificate('scheduler').subject).toBe('CN=system:kube-scheduler');
  });

  test('come with a pair of keys for service accounts', async () => {
    const { read } = await made();
    const published = createPublicKey(createPrivateKey(read('service-account.key'))).export({
      type: 'spki',
      format: 'pem',
    });
    expect(published.toString().trim()).toBe(read('service-account.pub').trim());
  });

  test('can be read by their owner alone', async () => {
    const { paths } = await made();
    for (const name of readdirSync(paths.pki)) expect(statSync(join(paths.pki, name)).mode & 0o077).toBe(0);
    expect(statSync(writeKubeconfig(paths, 'admin', 6443)).mode & 0o077).toBe(0);
  });

  test('stay what they are when asked for again', async () => {
    const { paths, read } = await made();
    const before = read('ca.crt');
    await ensurePki(paths);
    expect(read('ca.crt')).toBe(before);
  });

  test('are inside the kubeconfig, which needs no other file', async () => {
    const { paths, read } = await made();
    const config = parse(readFileSync(writeKubeconfig(paths, 'admin', 6443), 'utf8')) as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
    };
    const { cluster } = config.clusters[0]!;
    expect(cluster.server).toBe('https://127.0.0.1:6443');
    expect(Buffer.from(cluster['certificate-authority-data'], 'base64').toString()).toBe(read('ca.crt'));
  });
});
