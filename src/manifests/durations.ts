import type { Json } from '../domain/json.ts';
import { groupOf, type KubernetesObject } from '../domain/kubernetes-api.ts';
import { isObject } from '../domain/json-fields.ts';
import type { FieldPath } from './yaml-path.ts';

/** Below `spec`; `*` is every item of a list. */
type Fields = readonly string[];

const VELERO_BACKUP: Fields = [
  'ttl',
  'csiSnapshotTimeout',
  'itemOperationTimeout',
  'hooks.resources.*.pre.*.exec.timeout',
  'hooks.resources.*.post.*.exec.timeout',
];
const SELF_CHECK: Fields = ['acme.solvers.*.waitInsteadOfSelfCheck'];

/**
 * Fields of type `metav1.Duration` whose schema takes any text: Velero 1.18, cert-manager 1.21, CloudNativePG 1.29 (from
 * the types of their modules), External Secrets. One such object that Go cannot read stops the controller's list of the
 * whole kind.
 */
const FIELDS: Readonly<Record<string, Fields>> = {
  'velero.io/Backup': VELERO_BACKUP,
  'velero.io/Schedule': VELERO_BACKUP.map((field) => `template.${field}`),
  'velero.io/Restore': [
    'itemOperationTimeout',
    'hooks.resources.*.postHooks.*.exec.execTimeout',
    'hooks.resources.*.postHooks.*.exec.waitTimeout',
    'hooks.resources.*.postHooks.*.init.timeout',
  ],
  'velero.io/BackupStorageLocation': ['backupSyncPeriod', 'validationFrequency'],
  'velero.io/BackupRepository': ['maintenanceFrequency'],
  'velero.io/DataUpload': ['operationTimeout'],
  'velero.io/DataDownload': ['operationTimeout'],
  'cert-manager.io/Certificate': ['duration', 'renewBefore', 'renewal.windows.*.windowDuration'],
  'cert-manager.io/CertificateRequest': ['duration'],
  'cert-manager.io/Issuer': SELF_CHECK,
  'cert-manager.io/ClusterIssuer': SELF_CHECK,
  'acme.cert-manager.io/Order': ['duration'],
  'acme.cert-manager.io/Challenge': ['solver.waitInsteadOfSelfCheck'],
  'postgresql.cnpg.io/Cluster': ['replica.minApplyDelay', 'monitoring.metricsQueriesTTL'],
  'external-secrets.io/ExternalSecret': ['refreshInterval'],
  'external-secrets.io/PushSecret': ['refreshInterval'],
  'external-secrets.io/ClusterExternalSecret': ['refreshTime', 'externalSecretSpec.refreshInterval'],
};

/** What `ParseDuration` of Go's package time takes. */
const GO_DURATION = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d+\.?\d*|\.\d+)([a-zµμ]+)/g;
const SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3_600,
};
/** Go counts nanoseconds in 63 bits. */
const LONGEST_SECONDS = 2 ** 63 / 1e9;

/** Durations of an object that the schema of its kind takes and its controller cannot read. */
export function durationProblems(
  object: KubernetesObject,
): readonly { readonly path: FieldPath; readonly what: string }[] {
  const fields = FIELDS[`${groupOf(object.apiVersion)}/${object.kind}`] ?? [];
  return fields
    .flatMap((field) => valuesAt(object['spec'], field.split('.'), ['spec']))
    .flatMap(({ value, path }) => {
      if (typeof value !== 'string' || isGoDuration(value)) return [];
      const what = `${String(path.at(-1))} must be a duration as Go reads it, in h, m, s, ms, us or ns, as in 720h or 1h30m; it knows no days. The schema takes any text here, and the controller cannot read it`;
      return [{ path, what }];
    });
}

function isGoDuration(text: string): boolean {
  if (!GO_DURATION.test(text)) return false;
  const parts = [...text.matchAll(PART)];
  return parts.reduce((sum, [, size, unit]) => sum + Number(size) * (SECONDS[unit ?? ''] ?? 0), 0) < LONGEST_SECONDS;
}

function valuesAt(
  value: Json | undefined,
  [first, ...rest]: readonly string[],
  path: FieldPath,
): readonly { readonly value: Json; readonly path: FieldPath }[] {
  if (value === undefined) return [];
  if (first === undefined) return [{ value, path }];
  if (first === '*')
    return Array.isArray(value)
      ? (value as readonly Json[]).flatMap((item, index) => valuesAt(item, rest, [...path, index]))
      : [];
  return isObject(value) ? valuesAt(value[first], rest, [...path, first]) : [];
}
