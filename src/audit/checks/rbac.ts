import type { CheckId } from '../../domain/audit-checks.ts';
import type { AuditedKind, Severity } from '../../domain/audit.ts';
import { faultIn, type Check, type Fault } from '../check.ts';
import {
  isAlmighty,
  isBootstrapped,
  isEverybody,
  isOfServer,
  rulesOf,
  subjectWords,
  verbsGiven,
  type Grant,
  type Right,
} from '../rbac.ts';
import type { World } from '../world.ts';

const BINDINGS: readonly AuditedKind[] = ['ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding'];
const RBAC = 'rbac.authorization.k8s.io';
const WRITE = ['create', 'update', 'patch'];

/** A right that few should have, and how bad it is to have it everywhere, and in one namespace. */
interface Risk extends Pick<Check, 'id' | 'mend' | 'stands'> {
  /** What it lets somebody do, as the rest of a sentence. */
  readonly may: string;
  readonly rights: readonly Right[];
  readonly everywhere: Severity;
  /** Null where the right means nothing in a namespace. */
  readonly inNamespace: { readonly id: CheckId; readonly severity: Severity } | null;
}

const RISKS: readonly Risk[] = [
  {
    id: 'rbac-read-secrets',
    may: 'read every Secret',
    mend: 'Grant get of the Secrets that are needed, by resourceNames, in the namespace where they are.',
    stands: ['C-0015', 'CIS 5.1.2', 'KL access-to-secrets', 'RP list_secrets', 'RP retrieve_secrets'],
    rights: [{ group: '', resource: 'secrets', verbs: ['get', 'list', 'watch'] }],
    everywhere: 'high',
    inNamespace: { id: 'rbac-read-secrets-in-namespace', severity: 'medium' },
  },
  {
    id: 'rbac-escalate',
    may: 'give out rights that they do not have, or act as somebody else',
    mend: 'Take bind, escalate and impersonate out of the role, or restrict them by resourceNames to what is harmless.',
    stands: ['CIS 5.1.8', 'C-0065', 'RP bind_roles', 'RP escalate_roles', 'RP impersonate'],
    rights: [
      { group: RBAC, resource: 'clusterroles', verbs: ['bind', 'escalate'] },
      { group: RBAC, resource: 'roles', verbs: ['bind', 'escalate'] },
      { group: '', resource: 'users', verbs: ['impersonate'] },
      { group: '', resource: 'groups', verbs: ['impersonate'] },
      { group: '', resource: 'serviceaccounts', verbs: ['impersonate'] },
    ],
    everywhere: 'critical',
    inNamespace: { id: 'rbac-escalate-in-namespace', severity: 'medium' },
  },
  {
    id: 'rbac-make-tokens',
    may: 'make tokens of any ServiceAccount',
    mend: 'Grant create of serviceaccounts/token by resourceNames, for the accounts that are needed.',
    stands: ['CIS 5.1.13', 'RP token_request'],
    rights: [{ group: '', resource: 'serviceaccounts/token', verbs: ['create'] }],
    everywhere: 'critical',
    inNamespace: { id: 'rbac-make-tokens-in-namespace', severity: 'medium' },
  },
  {
    id: 'rbac-write-secrets',
    may: 'make Secrets, one of which may ask for the token of any ServiceAccount',
    mend: 'Grant writing of Secrets in the namespaces that need it, in none with an account that has many rights.',
    stands: ['CIS 5.1.13', 'RP issue_token_secrets'],
    rights: [{ group: '', resource: 'secrets', verbs: WRITE }],
    everywhere: 'high',
    inNamespace: { id: 'rbac-write-secrets-in-namespace', severity: 'low' },
  },
  {
    id: 'rbac-write-webhooks',
    may: 'change what the API server asks before it stores an object',
    mend: 'Grant writing of webhook configurations and admission policies by resourceNames, to the operator that owns them.',
    stands: ['CIS 5.1.12', 'RP control_webhooks'],
    rights: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations', 'mutatingadmissionpolicies'].map(
      (resource) => ({ group: 'admissionregistration.k8s.io', resource, verbs: WRITE }),
    ),
    everywhere: 'critical',
    inNamespace: null,
  },
  {
    id: 'rbac-nodes-proxy',
    may: 'reach the kubelets past the API server',
    mend: 'Take nodes/proxy out of the role; metrics need nodes/metrics alone.',
    stands: ['CIS 5.1.10', 'C-0279', 'RP nodes_proxy'],
    rights: [{ group: '', resource: 'nodes/proxy', verbs: ['get', 'create'] }],
    everywhere: 'critical',
    inNamespace: null,
  },
  {
    id: 'rbac-approve-certificates',
    may: 'approve certificates by which to log in as somebody else',
    mend: 'Leave approval to the controller manager, or restrict `approve` of signers by resourceNames to one of your own.',
    stands: ['CIS 5.1.11', 'C-0280', 'RP approve_csrs'],
    rights: [
      { group: 'certificates.k8s.io', resource: 'certificatesigningrequests/approval', verbs: ['update', 'patch'] },
      { group: 'certificates.k8s.io', resource: 'signers', verbs: ['approve', 'sign'] },
    ],
    everywhere: 'critical',
    inNamespace: null,
  },
  {
    id: 'rbac-exec',
    may: 'run commands in any pod',
    mend: 'Grant exec, attach, port-forward and ephemeral containers in the namespaces that need them, to people and for a time.',
    stands: ['C-0002', 'C-0063', 'PO rolebindingClusterRolePodExecAttach', 'RP pods_exec', 'RP pods_ephemeral_ctrs'],
    rights: [
      ...['pods/exec', 'pods/attach', 'pods/portforward'].map((resource) => ({
        group: '',
        resource,
        verbs: ['create', 'get'],
      })),
      { group: '', resource: 'pods/ephemeralcontainers', verbs: ['update', 'patch'] },
    ],
    everywhere: 'high',
    inNamespace: { id: 'rbac-exec-in-namespace', severity: 'medium' },
  },
];

/** Who may do what. Whoever has everything is told once, and not of each right again. */
export const RBAC_CHECKS: readonly Check[] = [
  {
    id: 'rbac-cluster-admin',
    severity: 'critical',
    claim: 'nobody but system:masters may do everything',
    mend: 'Bind a role with the rights that are needed; keep cluster-admin for breaking glass.',
    stands: ['C-0035', 'CIS 5.1.1', 'KL cluster-admin-role-binding', 'PO clusterrolebindingClusterAdmin'],
    needs: BINDINGS,
    find: (world) => almighty(world, (namespace) => namespace === null),
  },
  {
    id: 'rbac-cluster-admin-in-namespace',
    severity: 'high',
    claim: 'nobody may do everything in a namespace',
    mend: 'Bind `edit`, or a role with the rights that are needed.',
    stands: ['C-0035', 'CIS 5.1.1'],
    needs: BINDINGS,
    find: (world) => almighty(world, (namespace) => namespace !== null),
  },
  {
    id: 'rbac-wildcard',
    severity: 'high',
    claim: 'no role has wildcards in its rules',
    mend: 'Name the groups, resources and verbs: what is added to the API later is granted otherwise too.',
    stands: ['C-0187', 'CIS 5.1.3', 'KL wildcard-in-rules'],
    needs: ['ClusterRole', 'Role'],
    find: wildcards,
  },
  ...RISKS.flatMap(checksOf),
  {
    id: 'rbac-everybody',
    severity: 'critical',
    claim: 'nothing is granted to everybody',
    mend: 'Bind to a group or account of your own in place of system:anonymous, system:unauthenticated, system:authenticated or system:serviceaccounts.',
    stands: ['C-0262', 'C-0265'],
    needs: BINDINGS,
    find: ({ grants }) =>
      judged(grants)
        .filter(({ subject }) => isEverybody(subject))
        .map((grant) => faultIn(grant.binding, `gives ${subjectWords(grant.subject)} the rights of ${grant.role}`)),
  },
];

function judged(grants: readonly Grant[]): readonly Grant[] {
  return grants.filter((grant) => !isOfServer(grant));
}

function almighty({ grants }: World, where: (namespace: string | null) => boolean): readonly Fault[] {
  return judged(grants)
    .filter(
      ({ rules, namespace, subject }) => isAlmighty(rules) && where(namespace) && subject.name !== 'system:masters',
    )
    .map(({ binding, subject, role }) => faultIn(binding, `lets ${subjectWords(subject)} do everything (${role})`));
}

function wildcards(world: World): readonly Fault[] {
  return [...world.of('ClusterRole'), ...world.of('Role')]
    .filter((role) => !isBootstrapped(role))
    .flatMap((role) => {
      const fields = rulesOf(role).flatMap(({ verbs, resources, groups }) => [
        ...(verbs.includes('*') ? ['verbs'] : []),
        ...(resources.includes('*') ? ['resources'] : []),
        ...(groups.includes('*') ? ['apiGroups'] : []),
      ]);
      return fields.length === 0 ? [] : [faultIn(role, `has * as ${[...new Set(fields)].join(', ')}`)];
    });
}

/** A risk as one check of grants for the whole cluster, and one of those for a namespace. */
function checksOf({ rights, may, everywhere, inNamespace, ...check }: Risk): readonly Check[] {
  const find = (cluster: boolean) => (world: World) =>
    risky(world, rights, (namespace) => (namespace === null) === cluster);
  const common = { ...check, needs: BINDINGS };
  return [
    { ...common, severity: everywhere, claim: `nobody may ${may}`, find: find(true) },
    ...(inNamespace === null
      ? []
      : [{ ...common, ...inNamespace, claim: `nobody may ${may}, in a whole namespace`, find: find(false) }]),
  ];
}

function* risky(
  world: World,
  rights: readonly Right[],
  where: (namespace: string | null) => boolean,
): Generator<Fault> {
  for (const { binding, rules, namespace, subject, role } of judged(world.grants)) {
    if (!where(namespace) || isAlmighty(rules)) continue;
    const given = rights.flatMap((right) => {
      const verbs = verbsGiven(rules, right);
      return verbs.length === 0 ? [] : [`${verbs.join(', ')} ${right.resource}`];
    });
    if (given.length > 0) yield faultIn(binding, `lets ${subjectWords(subject)} ${given.join('; ')} (${role})`);
  }
}
