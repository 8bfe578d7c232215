import { describe, expect, test } from '@jest/globals';
import { auditEngine } from '../../src/audit/audit-engine.ts';
import { CHECK_IDS } from '../../src/domain/audit-checks.ts';
import { isAdvice, wordsOf } from '../../src/domain/evidence.ts';
import { audit as schema } from '../../src/domain/kinds/audit.ts';
import { contextOf } from '../kubernetes/cluster.ts';
import { told } from '../support/told.ts';
import { estate } from './estate.ts';

const FAULTY = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ops }
roleRef: { kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: User, name: ann }]
---
{ apiVersion: v1, kind: Namespace, metadata: { name: data } }
`;
const SPEC = { registries: ['registry.example'] };
const engine = (planted: string) =>
  auditEngine(() => Promise.resolve({ facts: estate(planted), source: 'API server here' }));
const exempt = (subject: string, until: string) => ({
  ...SPEC,
  exemptions: [{ checks: ['rbac-cluster-admin'], subject, reason: 'for now', owner: 'ann', until }],
});

describe('the step kind audit', () => {
  test('plans nothing on a sound platform, and says in evidence what it looked for', async () => {
    const spec = schema.parse(SPEC);
    expect(await engine('').plan(spec, contextOf([]))).toEqual([]);
    const findings = await engine('').verify(spec, contextOf([]));
    expect(findings.every(({ holds }) => holds)).toBe(true);
    expect(findings.map((finding) => wordsOf(finding))).toContainEqual({
      subject: 'rbac-wildcard on API server here',
      claim: 'no role has wildcards in its rules',
    });
    expect(told(findings)).toContainEqual(
      expect.objectContaining({
        subject: 'audit of API server here',
        claim: `all of ${CHECK_IDS.length} checks could look`,
      }),
    );
  });

  test('asks for an answer to what is critical and to nothing else, and stops at nothing', async () => {
    const spec = schema.parse(SPEC);
    expect(await engine(FAULTY).plan(spec, contextOf([]))).toEqual([
      expect.objectContaining({
        what: 'acceptance of rbac-cluster-admin: ClusterRoleBinding ops lets User ann do everything (ClusterRole cluster-admin)',
        destructive: false,
        asks: 'critical finding',
      }),
    ]);
    const broken = (await engine(FAULTY).verify(spec, contextOf([]))).filter(({ holds }) => !holds);
    expect(broken).toMatchObject([
      { about: { check: 'rbac-cluster-admin' }, observed: { severity: 'critical', open: 1, exempt: 0 } },
      {
        about: { check: 'namespace-pod-security' },
        observed: { faults: [{ where: 'Namespace data', what: 'enforces no level of Pod Security' }] },
      },
    ]);
    expect(broken.every(isAdvice)).toBe(true);
  });

  test('asks nothing of what somebody answers for, until the day on which that ends', async () => {
    const plan = (until: string) =>
      engine(FAULTY).plan(schema.parse(exempt('ClusterRoleBinding ops', until)), contextOf([]));
    expect(await plan('2999-01-01')).toEqual([]);
    expect(await plan('2020-01-01')).toHaveLength(1);
    const findings = await engine(FAULTY).verify(schema.parse(exempt('Role old', '2999-01-01')), contextOf([]));
    expect(findings).toContainEqual(
      expect.objectContaining({
        kind: 'audit-exemption',
        holds: false,
        about: expect.objectContaining({ subject: 'Role old', owner: 'ann', until: '2999-01-01T00:00:00.000Z' }),
        observed: { matched: 0, lapsed: false },
      }),
    );
  });

  test.each([
    [{ exemptions: [{ ...exempt('x', '2999-01-01').exemptions[0], checks: ['rbac-cluster-admn'] }] }, 'Invalid option'],
    [{ exemptions: [{ ...exempt('x', 'soon').exemptions[0] }] }, 'must be a date'],
    [{ services: [{ target: 'a' }] }, 'needs either product or path'],
  ])('refuses %j', (spec, message) => {
    expect(schema.safeParse(spec).error?.issues[0]?.message).toContain(message);
  });
});
