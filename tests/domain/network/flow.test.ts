import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../../src/domain/kubernetes-api.ts';
import { isWithin } from '../../../src/domain/network/addresses.ts';
import { mayFlow, type FlowEnd, type PodEnd } from '../../../src/domain/network/flow.ts';
import { readPolicy, type Protocol } from '../../../src/domain/network/policy.ts';

const NAMESPACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  data: { 'kubernetes.io/metadata.name': 'data', tier: 'data' },
  apps: { 'kubernetes.io/metadata.name': 'apps', tier: 'front' },
  watch: { 'kubernetes.io/metadata.name': 'watch' },
};

function pod(at: string, labels: Record<string, string>, more: Partial<PodEnd> = {}): PodEnd {
  const [namespace = '', name = ''] = at.split('/');
  const namespaceLabels = NAMESPACES[namespace] ?? {};
  return { namespace, name, labels, namespaceLabels, addresses: [], ports: [], hostNetwork: false, ...more };
}

const ENDS: Readonly<Record<string, FlowEnd>> = {
  db: pod(
    'data/db',
    { app: 'db' },
    { addresses: ['10.244.1.5', 'fd00::5'], ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] },
  ),
  replica: pod(
    'data/replica',
    { app: 'db', role: 'replica' },
    { ports: [{ name: 'sql', port: 6432, protocol: 'TCP' }] },
  ),
  job: pod('data/job', { app: 'job' }),
  web: pod('apps/web', { app: 'web' }, { addresses: ['10.244.2.7'] }),
  api: pod('apps/api', { app: 'api', tier: 'data' }, { addresses: ['10.244.2.8'] }),
  scraper: pod('watch/scraper', { app: 'scraper' }),
  dns: pod('watch/dns', { app: 'dns' }, { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] }),
  agent: pod('watch/agent', { app: 'agent' }, { hostNetwork: true, addresses: ['192.168.7.2'] }),
  office: { address: '203.0.113.7' },
  printer: { address: '203.0.113.200' },
  six: { address: '2001:db8::1' },
};

/** Whether `from > to` passes at `PORT` or `PORT/PROTOCOL`. */
function passes(policies: string, flow: string, at: string): boolean {
  const [from = '', to = ''] = flow.split(' > ').map((name) => name.trim());
  const [port = '', protocol = 'TCP'] = at.split('/');
  const read = policies
    .split('---\n')
    .filter((text) => text.trim() !== '')
    .map((text) => readPolicy(policyOf(text)));
  const ends = { from: ENDS[from]!, to: ENDS[to]! };
  return mayFlow({ ...ends, port: Number(port), protocol: protocol as Protocol }, read).allowed;
}

function policyOf(text: string): KubernetesObject {
  const { at, ...spec } = parse(text) as { at: string };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: at, name: 'p' },
    spec: spec,
  };
}

const CLOSED = 'at: data\npodSelector: {}\npolicyTypes: [Ingress]\n';
const SHUT = 'at: data\npodSelector: {}\npolicyTypes: [Ingress, Egress]\n';
const MUTE = 'at: apps\npodSelector: {}\npolicyTypes: [Egress]\n';
const SQL = `at: data
podSelector: { matchLabels: { app: db } }
ingress:
  - from: [{ namespaceSelector: { matchLabels: { tier: front } }, podSelector: { matchLabels: { app: api } } }]
    ports: [{ port: sql }]
`;
const EITHER = `at: data
podSelector: { matchLabels: { app: db } }
ingress:
  - from: [{ namespaceSelector: { matchLabels: { tier: front } } }, { podSelector: { matchLabels: { app: job } } }]
`;
const RANGE = `at: data
podSelector: {}
ingress: [{ ports: [{ protocol: TCP, port: 8000, endPort: 8100 }] }]
`;
const OFFICE = `at: data
podSelector: {}
ingress: [{ from: [{ ipBlock: { cidr: 203.0.113.0/24, except: [203.0.113.128/25] } }] }]
`;
const ANYWHERE = 'at: data\npodSelector: {}\ningress: [{}]\n';
const OUT = `at: apps
podSelector: { matchLabels: { app: web } }
policyTypes: [Egress]
egress:
  - to: [{ namespaceSelector: { matchLabels: { tier: data } } }]
    ports: [{ port: sql }]
  - to: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: dns } } }]
    ports: [{ protocol: UDP, port: 53 }]
  - to: [{ ipBlock: { cidr: 0.0.0.0/0, except: [10.0.0.0/8] } }]
    ports: [{ port: 443 }]
`;
const BY_DEFAULT_BOTH = `at: apps
podSelector: { matchLabels: { app: web } }
egress: [{ to: [{ podSelector: {} }] }]
`;
const EXPRESSIONS = `at: data
podSelector: { matchExpressions: [{ key: role, operator: DoesNotExist }] }
ingress:
  - from: [{ namespaceSelector: { matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [watch] }] } }]
`;
const SIX = 'at: data\npodSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: "2001:db8::/32" } }] }]\n';
const PODS = 'at: data\npodSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: 10.244.2.0/24 } }] }]\n';
const NODES = 'at: data\npodSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: 192.168.7.0/24 } }] }]\n';
const EVERYONE = 'at: data\npodSelector: {}\ningress: [{ from: [{ namespaceSelector: {} }] }]\n';

describe('what network policies let pass', () => {
  test.each([
    // Without a policy everything is open, and a policy elsewhere isolates nobody here.
    ['', 'web > db', '5432', true],
    ['', 'office > db', '5432', true],
    [CLOSED, 'db > web', '80', true],
    [CLOSED, 'web > api', '80', true],
    [CLOSED, 'web > scraper', '9090', true],
    // Default deny of one direction leaves the other one open.
    [CLOSED, 'web > db', '5432', false],
    [CLOSED, 'job > db', '5432', false],
    [CLOSED, 'office > db', '5432', false],
    [CLOSED, 'job > office', '443', true],
    [SHUT, 'job > office', '443', false],
    [SHUT, 'job > web', '80', false],
    [SHUT, 'db > db', '5432', true],
    [MUTE, 'web > db', '5432', false],
    [MUTE, 'scraper > web', '80', true],
    // Namespace and pods of one peer must both fit; a rule without a type isolates ingress.
    [SQL, 'api > db', '5432', true],
    [SQL, 'web > db', '5432', false],
    [SQL, 'job > db', '5432', false],
    [SQL, 'api > job', '5432', true],
    [SQL, 'db > office', '443', true],
    // A name is the port of the pod that is reached: another one in the replica.
    [SQL, 'api > db', '6432', false],
    [SQL, 'api > replica', '6432', true],
    [SQL, 'api > replica', '5432', false],
    [SQL, 'api > db', '5432/UDP', false],
    // Two peers are one or the other, and pods alone are those of the policy's namespace.
    [EITHER, 'web > db', '5432', true],
    [EITHER, 'job > db', '5432', true],
    [EITHER, 'scraper > db', '5432', false],
    [EITHER, 'office > db', '5432', false],
    // What one policy allows no other takes away.
    [`${CLOSED}---\n${SQL}`, 'api > db', '5432', true],
    [`${CLOSED}---\n${SQL}`, 'api > job', '5432', false],
    [`${CLOSED}---\n${ANYWHERE}`, 'office > job', '22', true],
    // Both ends must agree.
    [`${SQL}---\n${MUTE}`, 'api > db', '5432', false],
    [`${CLOSED}---\n${OUT}`, 'web > db', '5432', false],
    [`${EITHER}---\n${OUT}`, 'web > db', '5432', true],
    // Ranges of ports, both ends included, of one protocol.
    [RANGE, 'web > db', '8000', true],
    [RANGE, 'web > db', '8100', true],
    [RANGE, 'web > db', '7999', false],
    [RANGE, 'web > db', '8101', false],
    [RANGE, 'web > db', '8050/UDP', false],
    // Ranges of addresses, without what is excepted; pods have addresses too.
    [OFFICE, 'office > db', '5432', true],
    [OFFICE, 'printer > db', '5432', false],
    [OFFICE, 'six > db', '5432', false],
    [OFFICE, 'web > db', '5432', false],
    [SIX, 'six > db', '5432', true],
    [SIX, 'office > db', '5432', false],
    [PODS, 'web > db', '5432', true],
    [PODS, 'job > db', '5432', false],
    // Egress by namespace and name of the port, by pods anywhere, by address.
    [OUT, 'web > db', '5432', true],
    [OUT, 'web > db', '22', false],
    [OUT, 'web > dns', '53/UDP', true],
    [OUT, 'web > dns', '53/TCP', false],
    [OUT, 'web > office', '443', true],
    [OUT, 'web > office', '80', false],
    [OUT, 'web > api', '443', false],
    [OUT, 'api > office', '80', true],
    // Rules for egress isolate egress even where no type is named, and ingress as always.
    [BY_DEFAULT_BOTH, 'web > api', '80', true],
    [BY_DEFAULT_BOTH, 'web > db', '5432', false],
    [BY_DEFAULT_BOTH, 'api > web', '80', false],
    // Expressions select pods and namespaces.
    [EXPRESSIONS, 'scraper > db', '9187', true],
    [EXPRESSIONS, 'web > db', '5432', false],
    [EXPRESSIONS, 'web > replica', '6432', true],
    // Pods with their node's network are that node, and no pod, to policies.
    [EVERYONE, 'scraper > db', '5432', true],
    [EVERYONE, 'agent > db', '5432', false],
    [EVERYONE, 'office > db', '5432', false],
    [NODES, 'agent > db', '5432', true],
    ['at: watch\npodSelector: {}\npolicyTypes: [Ingress]\n', 'web > agent', '80', true],
  ])('%#: with %j, %s at %s: %s', (policies, flow, at, expected) => {
    expect(passes(policies, flow, at)).toBe(expected);
  });

  test('says which policy decides', () => {
    const flow = { from: ENDS['web']!, to: ENDS['db']!, port: 5432, protocol: 'TCP' } as const;
    const why = (policies: string) => mayFlow(flow, policies === '' ? [] : [readPolicy(policyOf(policies))]).why;
    expect(why(CLOSED)).toBe(
      'is closed: ingress of its destination is isolated by NetworkPolicy data/p, and none allows it',
    );
    expect(why(MUTE)).toBe('is closed: egress of its source is isolated by NetworkPolicy apps/p, and none allows it');
    expect(why(EITHER)).toBe('passes by NetworkPolicy data/p');
    expect(why(OUT)).toBe('passes by NetworkPolicy apps/p');
    expect(why('')).toBe('passes: no policy isolates its destination');
  });
});

describe('an address', () => {
  test.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '10.1.2.3/32', true],
    ['1.2.3.4', '0.0.0.0/0', true],
    ['::1', '0.0.0.0/0', false],
    ['2001:db8::9', '2001:db8::/32', true],
    ['10.1.2.3', '10.0.0.0', false],
    ['10.1.2.3', '10.0.0.0/33', false],
    ['10.1.2.3', '10.0.0.0/8/8', false],
    ['host', '0.0.0.0/0', false],
  ])('%s within %s: %s', (address, range, expected) => {
    expect(isWithin(address, range)).toBe(expected);
  });
});
