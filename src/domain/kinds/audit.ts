import { z } from 'zod';
import { CHECK_IDS } from '../audit-checks.ts';
import { identity, moment, name, targetName } from './common.ts';
import { stepKind } from './descriptor.ts';
import { type KindRight } from './rights.ts';
import { s3 } from './questions.ts';

/** Services of which it is known what they tell nobody without a login. */
export const PRODUCTS = ['dolphinscheduler', 'grafana', 'minio', 'superset', 'trino'] as const;

const service = z
  .strictObject({
    target: targetName.describe('An http target.'),
    product: z.enum(PRODUCTS).optional().describe('What it is, by which the question follows.'),
    path: z
      .string()
      .startsWith('/')
      .optional()
      .describe('What is asked of any other service, on the address of the target.'),
  })
  .refine(({ product, path }) => (product === undefined) !== (path === undefined), 'needs either product or path');

const exemption = z.strictObject({
  checks: z.array(z.enum(CHECK_IDS)).min(1).describe('Ids of the checks that it is for.'),
  subject: z
    .string()
    .min(1)
    .max(500)
    .describe('What the findings are in, as they name it; `*` stands for any characters.'),
  reason: z.string().min(1).max(1_000),
  owner: identity.describe('Who answers for it.'),
  until: moment.describe('From then on it counts no more.'),
  optional: z
    .boolean()
    .optional()
    .describe('Whether it may match nothing: what it is for is not everywhere, or not for ever.'),
});

/** `audit`: what is wrong with a cluster, its databases and buckets, by checks that ask nothing but what is there. */
export const audit = z.strictObject({
  namespaces: z.array(name).min(1).optional().describe('Whose objects are judged; all but kube-* when absent.'),
  clusterScope: z.boolean().default(true).describe('Whether objects without a namespace are judged.'),
  registries: z
    .array(z.string().min(1))
    .default([])
    .describe('Where images may come from, as their names begin (`registry.example/team`); anywhere when empty.'),
  databases: z
    .array(z.strictObject({ target: targetName.describe('A postgres target.') }))
    .default([])
    .describe('PostgreSQL servers that are audited.'),
  buckets: z
    .array(
      z.strictObject({
        target: targetName.describe('An s3 target.'),
        bucket: s3.bucket,
        backups: z.boolean().default(false).describe('Whether backups lie in it: then it must keep versions.'),
      }),
    )
    .default([])
    .describe('Buckets that are audited.'),
  services: z.array(service).default([]).describe('Services that must answer nobody who has not logged in.'),
  exemptions: z.array(exemption).max(1_000).default([]).describe('Findings that somebody answers for.'),
});
export type AuditSpec = z.output<typeof audit>;

const LISTED: Readonly<Record<string, readonly string[]>> = {
  v1: [
    ...['Namespace', 'ServiceAccount', 'Pod', 'Service', 'ConfigMap', 'Secret'],
    ...['PersistentVolumeClaim', 'PersistentVolume'],
  ],
  'apps/v1': ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
  'batch/v1': ['Job', 'CronJob'],
  'rbac.authorization.k8s.io/v1': ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'],
  'networking.k8s.io/v1': ['NetworkPolicy', 'Ingress'],
  'policy/v1': ['PodDisruptionBudget'],
  'storage.k8s.io/v1': ['StorageClass'],
};
/** What may not be listed is told as unseen. */
const AUDITED: readonly KindRight[] = Object.entries(LISTED).flatMap(([apiVersion, kinds]) =>
  kinds.map((kind): KindRight => ({ apiVersion, kind, verbs: ['list'], without: `what an audit says of ${kind}s` })),
);

export const auditKind = stepKind(audit)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: {
    'databases.*.target': { kind: 'postgres', what: 'databases' },
    'buckets.*.target': { kind: 's3', what: 'buckets' },
    'services.*.target': { kind: 'http', what: 'services' },
  },
  declares: null,
  rights: { others: () => AUDITED },
  byHand: false,
  proves: false,
  drifts: null,
  docs: { page: 'steps/security.md', summary: 'what is wrong with a cluster, its databases and buckets' },
});
