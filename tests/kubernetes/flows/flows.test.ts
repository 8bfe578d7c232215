import { describe, expect, test } from '@jest/globals';
import { wordsOf } from '../../../src/domain/evidence.ts';
import { networkFlows } from '../../../src/domain/kinds/network-flows.ts';
import type { KubernetesObject } from '../../../src/domain/kubernetes-api.ts';
import { readPolicy } from '../../../src/domain/network/policy.ts';
import { findingOf } from '../../../src/kubernetes/flows/flows-engine.ts';
import { podEnd, type NetworkState } from '../../../src/kubernetes/flows/pods.ts';

const DATA = { 'kubernetes.io/metadata.name': 'data' };
const pod = (name: string, labels: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'data', labels },
  spec: { containers: [{ name: 'main', ports: [{ name: 'sql', containerPort: 5432 }] }] },
  status: { podIPs: [{ ip: '10.0.0.4' }] },
});
const state: NetworkState = {
  policies: [
    readPolicy({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'primary', namespace: 'data' },
      spec: {
        podSelector: { matchLabels: { role: 'primary' } },
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'web' } } }], ports: [{ port: 'sql' }] }],
      },
    }),
  ],
  pods: new Map([
    ['data', [podEnd(pod('db-0', { app: 'db', role: 'primary' }), DATA), podEnd(pod('db-1', { app: 'db' }), DATA)]],
  ]),
  namespaceLabels: new Map<string, Record<string, string>>([
    ['data', DATA],
    ['web', { team: 'web' }],
    ['other', {}],
  ]),
};
const found = (from: object, to: object, expected: string, port = 5432) => {
  const [flow] = networkFlows.parse({ flows: [{ from, to, port, expect: expected }] }).flows;
  return findingOf(flow!, state, 'here', '2026-01-01T00:00:00.000Z');
};
const DB = { namespace: 'data', labels: { app: 'db' } };

describe('a table of flows', () => {
  test('holds where every pair of pods answers as expected', () => {
    const finding = found({ namespace: 'web' }, DB, 'allowed');
    expect(finding).toMatchObject({
      holds: true,
      observed: { answer: 'allowed', pods: { from: 0, to: 2 }, faults: [] },
    });
    expect(wordsOf(finding)).toEqual({
      subject: 'web → data/app=db 5432/TCP',
      claim: 'is allowed by the network policies',
    });
  });

  test('names the pair and the policy that speak against it', () => {
    expect(found({ namespace: 'other' }, DB, 'allowed')).toMatchObject({
      holds: false,
      observed: {
        answer: 'mixed',
        faults: [
          'a pod of other with these labels → Pod data/db-0 is closed: ingress of its destination is isolated by NetworkPolicy data/primary, and none allows it',
        ],
      },
    });
    expect(found({ address: '203.0.113.7' }, DB, 'denied')).toMatchObject({
      holds: false,
      observed: { faults: ['203.0.113.7 → Pod data/db-1 passes: no policy isolates its destination'] },
    });
  });

  test.each([
    [{}, 'needs a namespace (and labels), or an address alone'],
    [{ namespace: 'a', address: '10.0.0.1' }, 'needs a namespace (and labels), or an address alone'],
    [{ address: 'host' }, 'must be an IP address'],
  ])('refuses the end %j', (from, message) => {
    const result = networkFlows.safeParse({ flows: [{ from, to: DB, port: 1, expect: 'denied' }] });
    expect(result.error?.issues[0]?.message).toContain(message);
  });
});
