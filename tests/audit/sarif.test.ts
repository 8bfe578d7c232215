import { describe, expect, test } from '@jest/globals';
import type { Exemption } from '../../src/audit/exemptions.ts';
import { sarifOf } from '../../src/audit/sarif.ts';
import { CHECK_IDS } from '../../src/domain/audit-checks.ts';
import { estate, EVERYTHING, judge, NOW } from './estate.ts';

interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly invocations: readonly { readonly toolExecutionNotifications: readonly unknown[] }[];
    readonly results: readonly { readonly ruleId: string; readonly ruleIndex: number }[];
  }[];
}

const FAULTY = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ops }
roleRef: { kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: User, name: ann }, { kind: User, name: bob }]
---
{ apiVersion: v1, kind: Namespace, metadata: { name: data } }
`;
const exempt: Exemption = {
  ...{ checks: ['namespace-pod-security'], subject: 'Namespace data', reason: 'moves soon', owner: 'ann' },
  until: NOW + 86_400_000,
};
const sarif = (...results: readonly ReturnType<typeof judge>[]) =>
  sarifOf(
    results.map((result) => ({ step: 'security/audit', result })),
    { version: '1.2.3', file: 'platform/rollout.yaml' },
  ) as Sarif;

describe('a SARIF document', () => {
  test('has every check as a rule, and each fault as a result of its rule that is told apart from all others', () => {
    const { version, runs } = sarif(judge(estate(FAULTY), EVERYTHING, [exempt]));
    expect(version).toBe('2.1.0');
    const [run] = runs;
    const rules = run?.tool.driver.rules ?? [];
    expect(rules.map(({ id }) => id)).toEqual(CHECK_IDS);
    expect(run?.results).toMatchObject([
      {
        ruleId: 'rbac-cluster-admin',
        level: 'error',
        message: { text: expect.stringContaining('lets User ann do everything') },
        locations: [
          {
            physicalLocation: { artifactLocation: { uri: 'platform/rollout.yaml' } },
            logicalLocations: [{ fullyQualifiedName: 'ClusterRoleBinding ops' }],
          },
        ],
      },
      { ruleId: 'rbac-cluster-admin' },
      {
        ruleId: 'namespace-pod-security',
        level: 'warning',
        suppressions: [{ kind: 'external', status: 'accepted', justification: 'moves soon (ann, until 2026-06-02)' }],
      },
    ]);
    for (const { ruleId, ruleIndex } of run?.results ?? []) expect(rules[ruleIndex]?.id).toBe(ruleId);
    const prints = run?.results.map((result) =>
      JSON.stringify((result as { partialFingerprints?: object }).partialFingerprints),
    );
    expect(new Set(prints).size).toBe(3);
  });

  test('notes what could not be looked at', () => {
    const server = { hba: { unseen: 'must be superuser' } };
    expect(sarif(judge(estate('', { server }))).runs[0]?.invocations[0]?.toolExecutionNotifications).toMatchObject([
      {
        level: 'note',
        message: { text: 'security/audit: postgres-trust could not look at server db:5432: must be superuser.' },
      },
      { associatedRule: { id: 'postgres-trust-local' } },
    ]);
  });

  test('is one of no results where a rollout has no audit', () => {
    expect(sarif().runs[0]).toMatchObject({ results: [], tool: { driver: { rules: [] } } });
  });
});
