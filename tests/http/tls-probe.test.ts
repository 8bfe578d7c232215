import { createServer as plain } from 'node:http';
import { createServer } from 'node:tls';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { tlsProbeEngine, type TlsProbeSpec } from '../../src/http/tls-probe.ts';
import { told } from '../support/told.ts';
import { closeAll, contextWith, failureOf, seenBy, serving, specOf } from './support.ts';

const DAY_MS = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate authority of the test's own. */
let ca: { readonly pem: string; readonly issue: (days: number) => Promise<{ key: string; cert: string }> };

beforeAll(async () => {
  x509.cryptoProvider.set(crypto);
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ name: 'CN=Test CA', keys, signingAlgorithm: ALGORITHM, serialNumber: '01' },
    ...{ notBefore: new Date(Date.now() - 90 * DAY_MS), notAfter: new Date(Date.now() + 90 * DAY_MS) },
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  ca = {
    pem: root.toString('pem'),
    issue: async (days) => {
      const own = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const certificate = await x509.X509CertificateGenerator.create({
        ...{ subject: 'CN=web', issuer: root.subject, publicKey: own.publicKey, signingKey: keys.privateKey },
        ...{ signingAlgorithm: ALGORITHM, serialNumber: '02' },
        ...{ notBefore: new Date(Date.now() - 60 * DAY_MS), notAfter: new Date(Date.now() + (days + 0.5) * DAY_MS) },
        extensions: [
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: 'web.example.com' },
            { type: 'dns', value: '*.apps.example.com' },
            { type: 'ip', value: '127.0.0.1' },
          ]),
        ],
      });
      const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', own.privateKey));
      return { key: x509.PemConverter.encode(key, 'PRIVATE KEY'), cert: certificate.toString('pem') };
    },
  };
});
afterEach(closeAll);

/** An engine for a server whose certificate is valid for so many days, and a spec that trusts its CA. */
async function asked(more: Readonly<Record<string, unknown>>, days = 30) {
  const host = await serving(createServer(await ca.issue(days), (socket) => socket.end()));
  const spec = specOf('tls', { ca: { fromEnv: 'CA' }, ...more }) as unknown as TlsProbeSpec;
  return { engine: tlsProbeEngine({ url: `https://ada:s3cret@${host}` }), spec, context: contextWith({ CA: ca.pem }) };
}

async function verified(more: Readonly<Record<string, unknown>>) {
  const { engine, spec, context } = await asked(more);
  return engine.verify(spec, context);
}

describe('a TLS probe', () => {
  test('is met by a trusted certificate for the right names that is valid for long enough', async () => {
    const more = { names: ['web.example.com', 'a.apps.example.com'], daysLeft: 29 };
    expect(told(await verified(more))).toMatchObject([
      {
        holds: true,
        claim: 'has a certificate that is trusted for web.example.com, a.apps.example.com for 29 more days',
        source: expect.stringMatching(/^tls 127\.0\.0\.1:\d+$/),
        observed: { daysLeft: 30 },
      },
    ]);
  });

  test('asks for another name than the host of the address', async () => {
    const [finding] = await verified({ serverName: 'web.example.com' });
    expect(finding).toMatchObject({ holds: true, source: expect.stringMatching(/^tls web\.example\.com at 127/) });
  });

  test.each([
    ['another name', { serverName: 'other.example.com' }, 30, 'has a certificate that is for another name'],
    [
      'further names',
      { names: ['web.example.com', 'x.y.example.com'] },
      30,
      'a certificate that is not for x.y.example.com',
    ],
    ['few days', { daysLeft: 31 }, 30, 'has a certificate that is valid for 30 more days'],
    ['one that has expired', {}, -2, 'has a certificate that has expired'],
    ['the CA of the system', { ca: undefined }, 30, 'has a certificate that is not trusted'],
  ])('is not met by %s', async (_, more, days, seen) => {
    const { engine, spec, context } = await asked(more, days);
    const said = await seenBy(engine, spec, context);
    expect(said).toContain(seen);
    expect(said).not.toContain('s3cret');
  });

  describe('of several hosts', () => {
    const both = ['web.example.com', 'a.apps.example.com'];

    test('is met when each is served with a certificate for it, and tells the fewest days', async () => {
      expect(told(await verified({ serverNames: both, daysLeft: 30 }))).toMatchObject([
        {
          holds: true,
          claim: 'has a certificate that is trusted for each of web.example.com, a.apps.example.com for 30 more days',
          source: expect.stringMatching(/^tls 2 hosts at 127\.0\.0\.1:\d+$/),
          observed: { daysLeft: 30 },
        },
      ]);
    });

    test.each([
      [
        'a host that the certificate is not for, and names it alone',
        { serverNames: [...both, 'other.example.com'] },
        'other.example.com has a certificate that is for another name',
      ],
      [
        'few days, and says it of each',
        { serverNames: both, daysLeft: 31 },
        'web.example.com has a certificate that is valid for 30 more days; a.apps.example.com has a certificate that is valid for 30 more days',
      ],
    ])('is not met by %s', async (_, more, seen) => {
      const { engine, spec, context } = await asked(more);
      expect(await seenBy(engine, spec, context)).toBe(seen);
    });

    test('takes no host twice, and none beside one that is asked for alone', () => {
      expect(() => specOf('tls', { serverNames: ['a.test', 'a.test'] })).toThrow(/names a host twice/);
      expect(() => specOf('tls', { serverName: 'a.test', serverNames: ['b.test'] })).toThrow(/at most one/);
    });
  });

  describe('whose authority is in a Secret of a cluster', () => {
    const key = { target: 'cluster', namespace: 'pki', name: 'authority', key: 'tls.crt' };
    const probeOf = async (value: string | null) => {
      const host = await serving(createServer(await ca.issue(30), (socket) => socket.end()));
      const spec = specOf('tls', { ca: { kubernetesSecret: key } }) as unknown as TlsProbeSpec;
      const asked: unknown[] = [];
      const engine = tlsProbeEngine({ url: `https://${host}` }, (secret) => {
        asked.push(secret);
        return Promise.resolve(value);
      });
      return { engine, spec, asked };
    };

    test('trusts what stands there, and nobody else', async () => {
      const { engine, spec, asked } = await probeOf(ca.pem);
      expect(told(await engine.verify(spec, contextWith()))).toMatchObject([{ holds: true, how: 'real' }]);
      expect(asked).toEqual([key]);
    });

    test('trusts nobody where it is not there, and says where it looked', async () => {
      const { engine, spec } = await probeOf(null);
      await expect(engine.verify(spec, contextWith())).rejects.toMatchObject({ type: 'ReferenceUnresolved' });
      expect(String(await failureOf(engine.verify(spec, contextWith())))).not.toContain('CERTIFICATE');
    });
  });

  test('says that a server does not speak TLS', async () => {
    const host = await serving(plain());
    const spec = specOf('tls', {}) as unknown as TlsProbeSpec;
    expect(await seenBy(tlsProbeEngine({ url: `https://${host}` }), spec)).toBe('does not speak TLS');
  });
});
