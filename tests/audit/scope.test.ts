import { describe, expect, test } from '@jest/globals';
import { World } from '../../src/audit/world.ts';
import { estate, found, judge, unseen } from './estate.ts';

const bare = (namespace: string, name: string) => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace} }
spec: { hostPID: true, automountServiceAccountToken: false, containers: [] }
`;
const THREE = [bare('data', 'a'), bare('other', 'b'), bare('kube-system', 'c')].join('---');
const processes = (result: ReturnType<typeof judge>) =>
  found(result).filter((one) => one.startsWith('pod-host-processes'));

describe('an audit', () => {
  test('judges every namespace but those of Kubernetes itself, or those that it is told', () => {
    const facts = estate(THREE);
    expect(processes(judge(facts))).toEqual([expect.stringContaining('data/a'), expect.stringContaining('other/b')]);
    expect(processes(judge(facts, { namespaces: ['kube-system'], cluster: true }))).toEqual([
      expect.stringContaining('kube-system/c'),
    ]);
  });

  test('leaves what has no namespace to others where it is told so, and nothing else', () => {
    const admin = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ops }
roleRef: { kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: User, name: ann }]
`;
    expect(found(judge(estate(admin)))).toHaveLength(1);
    const login = { login: { answer: { value: { status: 200, location: null } } } };
    expect(found(judge(estate(admin, login), { namespaces: null, cluster: false }))).toEqual([
      expect.stringContaining('service-without-login'),
    ]);
  });

  test('says of every check that lacks a kind that it saw nothing, and finds nothing by it', () => {
    const facts = estate(THREE);
    const objects = { ...facts.cluster.objects, Pod: [] };
    const blind = judge({ ...facts, cluster: { ...facts.cluster, objects, unread: { Pod: 'you may not list pods' } } });
    expect(processes(blind)).toEqual([]);
    expect(unseen(blind)).toContain('pod-privileged: every Pod you may not list pods');
    expect(unseen(blind).some((one) => one.startsWith('rbac-wildcard'))).toBe(false);
  });

  test.each([
    ['a redirect to somewhere else', { status: 301, location: '/new' }, 'leads elsewhere (301 to /new)'],
    ['an error', { status: 500, location: null }, 'answered 500, which says nothing of logins'],
  ])('takes %s of a service for nothing seen', (_, value, why) => {
    const result = judge(estate('', { login: { answer: { value } } }));
    expect(found(result)).toEqual([]);
    expect(unseen(result)).toEqual([expect.stringContaining(why)]);
  });

  test('takes what its servers refuse for nothing seen', () => {
    const why = { unseen: 'must be superuser' };
    const server = { hba: why, databases: { value: [{ name: 'a', owner: 'app', publicCreate: why }] } };
    const result = judge(estate('', { server, bucket: { almighty: why } }));
    expect(found(result)).toEqual([]);
    expect(unseen(result)).toEqual([
      'postgres-public-create: database a at db:5432 must be superuser',
      'postgres-trust: server db:5432 must be superuser',
      'postgres-trust-local: server db:5432 must be superuser',
      'bucket-almighty-credentials: bucket backups at s3:9000 must be superuser',
    ]);
  });

  test('sees a control plane that runs as no pods as unseen', () => {
    const facts = estate();
    const pods = facts.cluster.objects.Pod?.filter(({ metadata }) => metadata.namespace !== 'kube-system') ?? [];
    const result = judge({ ...facts, cluster: { ...facts.cluster, objects: { ...facts.cluster.objects, Pod: pods } } });
    expect(unseen(result).map((one) => one.split(':')[0])).toEqual([
      'apiserver-encryption',
      'apiserver-audit-log',
      'etcd-client-certificates',
    ]);
  });

  test('judges whoever was added to a binding of the API server itself, and none of its own', () => {
    const binding = (subject: string) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: cluster-admin, labels: { kubernetes.io/bootstrapping: rbac-defaults } }
roleRef: { kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: Group, name: 'system:masters' }, ${subject}]
`;
    expect(found(judge(estate(binding('{ kind: User, name: ann }'))))).toEqual([
      expect.stringContaining('lets User ann do everything'),
    ]);
    expect(found(judge(estate(binding("{ kind: Group, name: 'system:authenticated' }"))))).toEqual([
      expect.stringContaining('lets Group system:authenticated do everything'),
      expect.stringContaining('rbac-everybody'),
      // Whoever has a token is authenticated.
      expect.stringContaining('StatefulSet data/store runs as ServiceAccount store, which may do everything'),
      expect.stringContaining('worker-takes-cluster'),
    ]);
  });

  test('finds what a pod may do by the groups of its account too', () => {
    const group = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: team }
roleRef: { kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: Group, name: 'system:serviceaccounts:data' }]
`;
    expect(found(judge(estate(group)))).toContainEqual(
      expect.stringContaining(
        'account-takes-cluster: StatefulSet data/store runs as ServiceAccount store, which may do everything',
      ),
    );
  });

  test('looks at a pod of its own where its controller is of no kind that it knows', () => {
    const pod = bare('data', 'a').replace(
      'name: a,',
      'name: a, ownerReferences: [{ kind: SparkApplication, controller: true }],',
    );
    expect(processes(judge(estate(pod)))).toHaveLength(1);
    expect(new World(estate(), { registries: [] }).workloads.map(({ object }) => object.kind)).not.toContain(
      'ReplicaSet',
    );
  });
});
