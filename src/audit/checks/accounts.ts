import { read, readList } from '../../domain/json-fields.ts';
import type { ClusterUser } from '../../domain/audit.ts';
import { faultIn, type Check } from '../check.ts';
import { isAlmighty, isOfServer, subjectWords, verbsGiven, type Right } from '../rbac.ts';
import type { Workload } from '../workloads.ts';
import type { World } from '../world.ts';

const RBAC = 'rbac.authorization.k8s.io';
const WRITE = ['create', 'update', 'patch'];

/** Rights for the whole cluster by which somebody gets every other right, and how. */
const WAYS: readonly (readonly [how: string, right: Right])[] = [
  ['give out any role', { group: RBAC, resource: 'clusterroles', verbs: ['bind', 'escalate'] }],
  ['act as anybody', { group: '', resource: 'users', verbs: ['impersonate'] }],
  ['act as any group', { group: '', resource: 'groups', verbs: ['impersonate'] }],
  ['act as any account', { group: '', resource: 'serviceaccounts', verbs: ['impersonate'] }],
  ['make tokens of any account', { group: '', resource: 'serviceaccounts/token', verbs: ['create'] }],
  ['read every token Secret', { group: '', resource: 'secrets', verbs: ['get', 'list', 'watch'] }],
  ['make token Secrets', { group: '', resource: 'secrets', verbs: ['create'] }],
  ['run pods as any account', { group: '', resource: 'pods', verbs: ['create'] }],
  ['run pods as any account', { group: 'apps', resource: 'deployments', verbs: WRITE }],
  ['run pods as any account', { group: 'apps', resource: 'daemonsets', verbs: WRITE }],
  ['run pods as any account', { group: 'apps', resource: 'statefulsets', verbs: WRITE }],
  ['run pods as any account', { group: 'batch', resource: 'jobs', verbs: ['create'] }],
  ['run pods as any account', { group: 'batch', resource: 'cronjobs', verbs: WRITE }],
  ['run commands in any pod', { group: '', resource: 'pods/exec', verbs: ['create'] }],
  ['put a container into any pod', { group: '', resource: 'pods/ephemeralcontainers', verbs: ['update', 'patch'] }],
  ['reach every kubelet', { group: '', resource: 'nodes/proxy', verbs: ['get', 'create'] }],
  [
    'change what is stored',
    { group: 'admissionregistration.k8s.io', resource: 'mutatingwebhookconfigurations', verbs: WRITE },
  ],
  [
    'approve certificates',
    { group: 'certificates.k8s.io', resource: 'certificatesigningrequests/approval', verbs: ['update', 'patch'] },
  ],
];

/** What pods are to the API server, and what they could do with it. */
export const ACCOUNT_CHECKS: readonly Check[] = [
  {
    id: 'account-takes-cluster',
    severity: 'critical',
    claim: 'no pod holds a token by which its cluster could be taken',
    mend: 'Give the account a role for its own namespace, restricted by resourceNames; or give its pods no token (automountServiceAccountToken: false).',
    stands: ['C-0267', 'C-0272', 'RP assign_sa', 'RP steal_pods', 'RP modify_pods'],
    needs: ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'],
    *find(world) {
      for (const workload of world.workloads) {
        if (!holdsToken(workload, world)) continue;
        const ways = waysOf(world.userOf(workload), world);
        if (ways.length > 0)
          yield faultIn(workload.object, `runs as ServiceAccount ${workload.account}, which may ${ways.join(', ')}`);
      }
    },
  },
  {
    id: 'worker-takes-cluster',
    severity: 'high',
    claim: 'the credentials of this worker could not take the cluster',
    mend: 'Let the worker run with the roles of deploy/kubernetes and deploy/rights, in the namespaces that its rollouts act on.',
    stands: ['C-0267', 'C-0272'],
    needs: ['ClusterRole', 'ClusterRoleBinding'],
    find(world) {
      const { self } = world.facts.cluster;
      if ('unseen' in self) return [{ where: 'the worker itself', unseen: self.unseen }];
      const { user, groups } = self.value;
      const ways = groups.includes('system:masters')
        ? ['do everything, as a member of system:masters']
        : waysOf(self.value, world);
      return ways.length === 0
        ? []
        : [{ where: `user ${user}`, namespace: null, what: `is the worker itself, and may ${ways.join(', ')}` }];
    },
  },
  {
    id: 'account-default-bound',
    severity: 'high',
    claim: 'no rights are given to an account that pods have without asking',
    mend: 'Make an account for the workload that needs the rights, and name it in its pods.',
    stands: ['CIS 5.1.5', 'PY 300', 'PY 308'],
    needs: ['RoleBinding', 'ClusterRoleBinding', 'Role', 'ClusterRole'],
    find: ({ grants }) =>
      grants
        .filter(
          (grant) => grant.subject.kind === 'ServiceAccount' && grant.subject.name === 'default' && !isOfServer(grant),
        )
        .map(({ binding, subject, role }) => faultIn(binding, `gives ${subjectWords(subject)} the rights of ${role}`)),
  },
  {
    id: 'account-token-unused',
    severity: 'medium',
    claim: 'pods whose account has no rights are given no token',
    mend: 'Set automountServiceAccountToken: false on the account or in the pods.',
    stands: ['CIS 5.1.6', 'C-0034', 'C-0261', 'PY 301', 'PY 303'],
    needs: ['ServiceAccount', 'RoleBinding', 'ClusterRoleBinding'],
    *find(world) {
      for (const workload of world.workloads) {
        const { account, object, namespace } = workload;
        if (!world.mountsToken(workload)) continue;
        const { user } = world.userOf(workload);
        const own = world.grantsOf({ user, groups: [`system:serviceaccounts:${namespace}`] });
        if (own.length === 0)
          yield faultIn(object, `is given a token of ServiceAccount ${account}, which has no rights`);
      }
    },
  },
  {
    id: 'account-token-for-ever',
    severity: 'medium',
    claim: 'no Secret holds a token that never ends',
    mend: 'Delete the Secret, and let whoever used it ask for tokens that end (TokenRequest, projected volumes).',
    stands: ['CIS 5.1.13'],
    needs: ['Secret'],
    find: (world) =>
      world.of('Secret').flatMap((secret) => {
        const account = secret.metadata.annotations?.['kubernetes.io/service-account.name'];
        return account === undefined ? [] : [faultIn(secret, `is a token of ServiceAccount ${account} without an end`)];
      }),
  },
];

/** Given without being asked for, or asked for as a volume. */
function holdsToken(workload: Workload, world: World): boolean {
  if (world.mountsToken(workload)) return true;
  return readList(workload.spec, 'volumes').some((volume) =>
    readList(volume, 'projected', 'sources').some((source) => read(source, 'serviceAccountToken') !== undefined),
  );
}

function waysOf(user: ClusterUser, world: World): readonly string[] {
  const rules = world
    .grantsOf(user)
    .filter(({ namespace }) => namespace === null)
    .flatMap((grant) => grant.rules);
  if (isAlmighty(rules)) return ['do everything'];
  return [...new Set(WAYS.flatMap(([how, right]) => (verbsGiven(rules, right).length === 0 ? [] : [how])))];
}
