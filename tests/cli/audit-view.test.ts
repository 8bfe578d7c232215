import { expect, test } from '@jest/globals';
import { auditLines, openAt } from '../../src/cli/view/audit.ts';
import { estate, EVERYTHING, judge, NOW } from '../audit/estate.ts';

const FAULTY = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ops }
roleRef: { kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: User, name: ann }]
---
{ apiVersion: v1, kind: Namespace, metadata: { name: data } }
---
{ apiVersion: v1, kind: Namespace, metadata: { name: new } }
`;

test('an audit is told with the worst first, how to mend it, what is exempt, and what was not seen', () => {
  const exemption = (subject: string, until: number) =>
    ({ checks: ['namespace-pod-security'], subject, reason: 'soon', owner: 'ann', until }) as const;
  const server = { hba: { unseen: 'must be superuser' } };
  const result = judge(estate(FAULTY, { server }), EVERYTHING, [
    exemption('Namespace new', NOW + 1),
    exemption('Namespace old', NOW + 1),
    exemption('Namespace data', NOW),
  ]);
  expect(auditLines({ step: 'security/audit', source: 'API server here', result }, (_, text) => text)).toEqual([
    '',
    'security/audit on API server here: 1 critical, 1 medium',
    '  critical rbac-cluster-admin',
    '    ClusterRoleBinding ops lets User ann do everything (ClusterRole cluster-admin)',
    expect.stringContaining('    mend: Bind a role'),
    '  medium   namespace-pod-security',
    '    Namespace data enforces no level of Pod Security',
    expect.stringContaining('    mend: Label the namespace'),
    '  exempt   namespace-pod-security: Namespace new: soon (ann, until 2026-06-01)',
    '  unused   Namespace old: it matches nothing: soon (ann, until 2026-06-01)',
    '  lapsed   Namespace data: soon (ann, until 2026-06-01)',
    '  unseen   postgres-trust: server db:5432: must be superuser',
    '  unseen   postgres-trust-local: server db:5432: must be superuser',
  ]);
  expect(openAt([result], ['critical', 'high'])).toBe(1);
});
