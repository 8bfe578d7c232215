import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DecisionPolicy } from '../../src/domain/environment.ts';
import {
  demandsOf,
  freezeAt,
  loadBound,
  mayDownload,
  mayReach,
  mayReadVariable,
  mayStart,
  narrowed,
  type EnvironmentPolicy,
} from '../../src/domain/policy.ts';
import { within } from '../../src/steps/reach.ts';
import { parsePolicy } from '../../src/policy/read-policy.ts';
import { policyOfFile, policyOfLab } from '../../src/policy/worker-policy.ts';

const ADA = 'MCowBQYDK2VwAyEAM0bf/YhqCblf8KgpA67QItPWIiPsjwd1PgYTEIKbJ6Y=';
const LINUS = 'MCowBQYDK2VwAyEAc5gnJfNjubUeaqluZrGmbB6WyzOPxKgc9ewKTFwERww=';
const GRACE = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICfyUzqFdRZ9L37NXNp8XsB6t+BL6ah9+rM+mHLirQk+ grace@example.com';
const POLICY = `apiVersion: windlass.dev/v1alpha1
kind: Policy
metadata: { name: worker }
spec:
  environments:
    production:
      signers: { ada: [{ key: ${ADA} }], grace: [{ key: ${GRACE} }], linus: [{ key: ${LINUS} }] }
      groups: { platform: [ada, grace], databases: [grace] }
      starters: [platform]
      gates:
        - { reason: data is at stake, approvers: [databases], destructive: true }
        - { reason: the schema changes, approvers: [platform], kinds: ['postgres.*'], targets: [warehouse] }
      references: { variables: ['PROD_*', TOKEN], directories: [/run/secrets] }
      endpoints: ['db.example.com:5432', '*.s3.example.com:443', in-cluster]
      freeze: [{ from: 2026-12-20, until: '2027-01-04T08:00:00Z', reason: end of year }]
`;
const production = parsePolicy(POLICY, 'policy.yaml').spec.environments['production']!;
const asked = (more: Partial<DecisionPolicy>): DecisionPolicy => ({
  ...{ signatures: 'required', selfApproval: false, groups: {}, keys: {} },
  ...more,
});
const scratch = mkdtempSync(join(tmpdir(), 'windlass-policy-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

describe('what a bundle asks for', () => {
  test('never makes a policy wider: not signatures, not who may approve, not with keys that it brings', () => {
    const own = asked({
      signatures: 'optional',
      selfApproval: true,
      groups: { platform: ['ada', 'mallory'] },
      keys: { mallory: ADA },
    });
    expect(narrowed(production, own)).toEqual({
      signatures: 'required',
      selfApproval: false,
      groups: { platform: ['ada'], databases: ['grace'] },
      signers: production.signers,
    });
  });

  test('makes it narrower: signatures by keys that the policy does not have, and no approval of what one started', async () => {
    const lab = await policyOfLab(() => []).of('any');
    const own = asked({ keys: { ada: ADA }, groups: { platform: ['ada'] } });
    expect(narrowed(lab, own)).toMatchObject({
      signatures: 'required',
      selfApproval: false,
      groups: { platform: ['ada'] },
    });
    expect(narrowed(lab, own).signers).toEqual({ ada: [{ key: ADA, revoked: false }] });
  });

  test('is at most what the policy says, whatever is asked', () => {
    const people = fc.constantFrom('ada', 'grace', 'linus', 'mallory', 'constructor', '__proto__');
    const anything = fc.record({
      signatures: fc.constantFrom('required' as const, 'optional' as const),
      selfApproval: fc.boolean(),
      groups: fc.dictionary(fc.constantFrom('platform', 'databases', 'others', 'constructor'), fc.array(people)),
      keys: fc.dictionary(people, fc.constantFrom(ADA, GRACE)),
    });
    fc.assert(
      fc.property(anything, (own) => {
        const rules = narrowed(production, own);
        expect(rules.signatures).toBe('required');
        expect(rules.selfApproval).toBe(false);
        expect(rules.signers).toEqual(production.signers);
        for (const [group, members] of Object.entries(production.groups))
          expect(members).toEqual(expect.arrayContaining([...(rules.groups[group] ?? [])]));
      }),
    );
  });
});

describe('a policy', () => {
  test('demands gates by kind, by target, and of what destroys data', () => {
    const kindsAsked = (kind: 'postgres.migrate' | 'kubernetes.apply', target: string) =>
      demandsOf(production, { kind, target }).map(({ reason, approvers }) => `${reason}: ${approvers.join(' ')}`);
    expect(kindsAsked('postgres.migrate', 'warehouse')).toEqual([
      'data is at stake: grace',
      'the schema changes: ada grace',
    ]);
    expect(kindsAsked('postgres.migrate', 'other')).toEqual(['data is at stake: grace']);
    expect(kindsAsked('kubernetes.apply', 'warehouse')).toEqual(['data is at stake: grace']);
  });

  test('says who may start, and when nobody may', () => {
    expect(['ada', 'grace', 'linus', 'platform'].map((by) => mayStart(production, by))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(freezeAt(production, Date.parse('2026-12-19T23:59:59Z'))).toBeNull();
    expect(freezeAt(production, Date.parse('2026-12-20T00:00:00Z'))).toMatchObject({ reason: 'end of year' });
    expect(freezeAt(production, Date.parse('2027-01-04T08:00:00Z'))).toBeNull();
  });

  test.each([
    ['db.example.com:5432', true],
    ['DB.example.com:5432', true],
    ['db.example.com:5433', false],
    ['backups.s3.example.com:443', true],
    ['s3.example.com:443', false],
    ['evil-s3.example.com:443', false],
    ['a.s3.example.com:443.evil.com:443', false],
    ['in-cluster', true],
    ['127.0.0.1:5432', false],
  ])('lets %s be reached: %s', (address, allowed) => {
    expect(mayReach(production, address)).toBe(allowed);
  });

  test.each([
    [{ fromEnv: 'PROD_URL' }, true],
    [{ fromEnvFile: 'TOKEN' }, true],
    [{ fromEnv: 'TOKEN_2' }, false],
    [{ fromEnv: 'PATH' }, false],
    [{ fromFile: '/etc/shadow' }, true],
  ])('lets the variable of %j be read: %s', (reference, allowed) => {
    expect(mayReadVariable(production, reference)).toBe(allowed);
  });
});

describe('a policy that is wrong', () => {
  test.each([
    ['a field that is none', 'starters:', 'startres:', ':9:7: unknown field "startres" (did you mean "starters"?)'],
    ['a key that is none', `key: ${ADA}`, 'key: notakey', 'is no Ed25519 public key'],
    ['a key of another kind', `key: ${ADA}`, 'key: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQ', 'is no Ed25519 public key'],
    [
      'a group of the name of a signer',
      'groups: { platform',
      'groups: { linus: [ada], platform',
      '"linus" is a group too',
    ],
    [
      'a key that is that of somebody else',
      `grace: [{ key: ${GRACE} }]`,
      `grace: [{ key: ${ADA} }]`,
      'is the key of "ada" too: nobody could tell the two apart',
    ],
    [
      'a quorum that nobody comes to',
      'approvers: [databases]',
      'approvers: [ada], required: 2',
      'nobody gets through this gate: were all to approve, it would need 1 more of ada',
    ],
    [
      'an approver whom nobody knows',
      'approvers: [databases]',
      'approvers: [dba]',
      '"dba" is neither a group nor somebody',
    ],
    ['a server without a port', 'db.example.com:5432', 'db.example.com', 'must be HOST:PORT'],
    ['every server', 'db.example.com:5432', '*:5432', 'must be HOST:PORT'],
    ['every variable', "'PROD_*'", "'*'", 'must be a variable'],
    ['a time that is none', '2026-12-20', 'soon', 'must be a date'],
    [
      'a freeze that comes every second',
      "from: 2026-12-20, until: '2027-01-04T08:00:00Z'",
      'rrule: FREQ=SECONDLY, dtstart: 2026-01-02T18:00, timeZone: Europe/Oslo, duration: 62h',
      'rrule: FREQ cannot be "SECONDLY"',
    ],
    [
      'no servers',
      "endpoints: ['db.example.com:5432', '*.s3.example.com:443', in-cluster]",
      '',
      'the field "endpoints" is missing',
    ],
    ['text that is no YAML', 'kind: Policy', 'kind: [', 'policy.yaml:'],
  ])('by %s is refused, and says where', (_words, text, by, why) => {
    expect(() => parsePolicy(POLICY.replace(text, by), 'policy.yaml')).toThrow(
      expect.objectContaining({ type: 'Unauthorised', message: expect.stringContaining(why) }),
    );
  });

  test('or is not there, or knows no such environment, lets nothing happen; a change counts at once', async () => {
    const file = join(scratch, 'policy.yaml');
    const policy = policyOfFile(file);
    await expect(policy.of('production')).rejects.toMatchObject({
      type: 'Unauthorised',
      options: { facts: { code: 'ENOENT' } },
    });
    writeFileSync(file, POLICY);
    expect(await policy.of('production')).toEqual(production);
    await expect(policy.of('constructor')).rejects.toMatchObject({ type: 'Unauthorised' });
    writeFileSync(`${file}.new`, POLICY.replace('starters: [platform]', 'starters: [linus]'));
    renameSync(`${file}.new`, file);
    expect(mayStart(await policy.of('production'), 'ada')).toBe(false);
    writeFileSync(file, POLICY.replace('kind: Policy', 'kind: Polcy'));
    await expect(policy.of('production')).rejects.toMatchObject({ type: 'Unauthorised' });
  });
});

test.each([
  ['[::1]:443', '::1:443'],
  ['[::1]:443', '[::1]:443'],
  ['[2001:DB8:0:0::1]:5432', '[2001:db8::1]:5432'],
  ['[::ffff:10.0.0.1]:80', '::ffff:a00:1:80'],
])('a policy that lists %s lets %s be reached, as drivers write it', (listed, address) => {
  const text = POLICY.replace('in-cluster]', `'${listed}']`);
  const policy = parsePolicy(text, 'policy.yaml').spec.environments['production']!;
  expect(mayReach(policy, address)).toBe(true);
  expect(mayReach(policy, address.replace(/\d+$/, '9'))).toBe(false);
  expect(mayReach(policy, '[::2]:443')).toBe(false);
});

test('artifacts are downloaded from what a policy lists for that, and from its endpoints', () => {
  const text = POLICY.replace('      freeze:', "      downloads: ['*.files.example.com:443']\n      freeze:");
  const policy = parsePolicy(text, 'policy.yaml').spec.environments['production']!;
  const servers = ['a.files.example.com:443', 'files.example.com:80', 'db.example.com:5432', '169.254.169.254:80'];
  expect(servers.map((server) => mayDownload(policy, server))).toEqual([true, false, true, false]);
  expect(mayReach(policy, 'a.files.example.com:443')).toBe(false);
  const { admitDownload } = within(policy, 'production', {});
  expect(() => {
    admitDownload('169.254.169.254:80');
  }).toThrow(/lets nothing be downloaded/);
});

test('servers are put under load as far as a policy says, and others under none', () => {
  const loads = "loads: [{ server: '*.example.com:443', rate: 50, for: 1m }, { server: '[::1]:80', rate: 5 }]";
  const policy = parsePolicy(POLICY.replace('      freeze:', `      ${loads}\n      freeze:`), 'policy.yaml').spec
    .environments['production']!;
  expect(loadBound(policy, 'shop.example.com:443')).toMatchObject({ rate: 50, connections: 50, for: '1m' });
  expect(loadBound(policy, '::1:80')).toMatchObject({ rate: 5, for: '5m' });
  const { admitLoad } = within(policy, 'production', {});
  expect(admitLoad('shop.example.com:443', 'target shop')).toMatchObject({ rate: 50 });
  for (const stranger of ['example.com:443', 'shop.example.com:80', 'db.example.com:5432', 'in-cluster'])
    expect(() => admitLoad(stranger, 'target shop')).toThrow(
      expect.objectContaining({
        type: 'Unauthorised',
        options: expect.objectContaining({ object: `target shop at ${stranger}` }),
      }),
    );
});

test('without a policy a worker reaches the lab of its machine, where it is now, and nothing else', async () => {
  let port = 20_000;
  const policy: EnvironmentPolicy = await policyOfLab(() => [`127.0.0.1:${String(port)}`]).of('production');
  expect(mayReach(policy, '127.0.0.1:20000')).toBe(true);
  expect(mayReach(policy, 'in-cluster')).toBe(false);
  expect(mayReadVariable(policy, { fromEnv: 'WINDLASS_LAB_POSTGRES_URL' })).toBe(true);
  expect(mayReadVariable(policy, { fromEnv: 'WINDLASS_STORE_SECRET_KEY' })).toBe(false);
  port = 20_001;
  expect(mayReach(await policyOfLab(() => [`127.0.0.1:${String(port)}`]).of('lab'), '127.0.0.1:20000')).toBe(false);
});
