import { describe, expect, test } from '@jest/globals';
import { evidenceOf } from '../../src/audit/evidence.ts';
import type { Exemption } from '../../src/audit/exemptions.ts';
import type { CheckId } from '../../src/domain/audit-checks.ts';
import { estate, EVERYTHING, found, judge, NOW } from './estate.ts';

const OPS = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: velero-server }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: User, name: ann }]
`;
const exemption = (subject: string, more: Partial<Exemption> = {}): Exemption => ({
  ...{ checks: ['rbac-cluster-admin'] satisfies CheckId[], subject, reason: 'restores roles', owner: 'platform' },
  until: NOW + 1,
  ...more,
});
const judged = (...exemptions: readonly Exemption[]) => judge(estate(OPS), EVERYTHING, exemptions);

describe('an exemption', () => {
  test.each(['ClusterRoleBinding velero-server', '*', 'ClusterRoleBinding *', '*velero*', 'Cluster*velero-*ver'])(
    'of %s takes the finding out of what is open',
    (subject) => {
      const result = judged(exemption(subject));
      expect(found(result)).toEqual([]);
      expect(result.checks.flatMap(({ exempt }) => exempt)).toMatchObject([{ by: { owner: 'platform' } }]);
      expect(result.exemptions).toMatchObject([{ matched: 1, lapsed: false }]);
    },
  );

  test.each([
    exemption('ClusterRoleBinding velero'),
    exemption('velero-server'),
    exemption('*velero-server*server'),
    exemption('ClusterRoleBinding velero-server', { checks: ['rbac-wildcard'] }),
  ])('that is for something else says that it matches nothing: %j', (other) => {
    const result = judged(other);
    expect(found(result)).toHaveLength(1);
    expect(result.exemptions).toMatchObject([{ matched: 0, lapsed: false }]);
  });

  test('may match nothing where it is optional, but not beyond its end', () => {
    const holds = (more: Partial<Exemption>) =>
      evidenceOf(judged(exemption('nobody', more)), estate(OPS), 'a cluster', '2026-06-01T00:00:00Z')
        .filter(({ kind }) => kind === 'audit-exemption')
        .map((one) => one.holds);
    expect(holds({})).toEqual([false]);
    expect(holds({ optional: true })).toEqual([true]);
    expect(holds({ optional: true, until: NOW })).toEqual([false]);
  });

  test('that has lapsed counts no more, and says so', () => {
    const result = judged(exemption('*', { until: NOW }));
    expect(found(result)).toHaveLength(1);
    expect(result.exemptions).toMatchObject([{ matched: 1, lapsed: true }]);
    expect(found(judged(exemption('*', { until: NOW }), exemption('*')))).toEqual([]);
  });
});
