import { WindlassFailure, type FailureType } from './failure.ts';
import type { KindRef, KubernetesObject } from './kubernetes-api.ts';

/** The words of an audit: what it is told, and what it finds. */

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How many faults of each severity, in words: `1 critical, 3 medium`, or that nothing was found. */
export function faultsWords(count: (severity: Severity) => number): string {
  const counts = SEVERITIES.map((severity) => [count(severity), severity] as const).filter(([faults]) => faults > 0);
  return counts.length === 0 ? 'nothing found' : counts.map(([faults, severity]) => `${faults} ${severity}`).join(', ');
}

/** Every kind that an audit lists, once each. Of Secrets it asks for names and labels alone. */
export const AUDITED_KINDS = {
  Namespace: 'v1',
  ServiceAccount: 'v1',
  Pod: 'v1',
  Service: 'v1',
  ConfigMap: 'v1',
  Secret: 'v1',
  PersistentVolumeClaim: 'v1',
  PersistentVolume: 'v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  RoleBinding: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  Ingress: 'networking.k8s.io/v1',
  PodDisruptionBudget: 'policy/v1',
  StorageClass: 'storage.k8s.io/v1',
} as const satisfies Readonly<Record<string, KindRef['apiVersion']>>;
export type AuditedKind = keyof typeof AUDITED_KINDS;

/** What was seen, or why it could not be. */
export type Seen<T> = { readonly value: T } | { readonly unseen: string };

/**
 * What was read, or that it may not be.
 *
 * @param refusals failures that only mean that it cannot be seen.
 * @throws what `reading` throws otherwise.
 */
export async function seenUnless<T>(refusals: readonly FailureType[], reading: Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await reading };
  } catch (error) {
    if (error instanceof WindlassFailure && refusals.includes(error.type))
      return { unseen: error.message.replace(/\.$/, '') };
    throw error;
  }
}

/** Who a connection to a cluster is, as the API server says. */
export interface ClusterUser {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A cluster as one LIST of each kind gave it. */
export interface ClusterFacts {
  readonly objects: Readonly<Partial<Record<AuditedKind, readonly KubernetesObject[]>>>;
  /** Kinds that could not be listed, and why. */
  readonly unread: Readonly<Partial<Record<AuditedKind, string>>>;
  /** Whom the worker is to this cluster. */
  readonly self: Seen<ClusterUser>;
}

export interface RoleFacts {
  readonly name: string;
  readonly superuser: boolean;
  readonly login: boolean;
  /** The superuser that the server was made with. */
  readonly bootstrap: boolean;
  /** -1 for none. */
  readonly connectionLimit: number;
  /** ISO 8601 in UTC; null for ever. */
  readonly validUntil: string | null;
}

/** One line of the file that says who may connect how. */
export interface HbaRule {
  readonly line: number;
  /** `local`, `host`, `hostssl` and so on. */
  readonly type: string;
  readonly databases: readonly string[];
  readonly users: readonly string[];
  /** As written, its mask included; null for sockets of the machine. */
  readonly address: string | null;
  readonly method: string;
}

/** A PostgreSQL server. */
export interface DatabaseServerFacts {
  /** `host:port`. */
  readonly server: string;
  readonly roles: Seen<readonly RoleFacts[]>;
  readonly databases: Seen<
    readonly {
      readonly name: string;
      readonly owner: string;
      /** Whether everybody may create objects in the schema `public`. */
      readonly publicCreate: Seen<boolean>;
    }[]
  >;
  readonly hba: Seen<readonly HbaRule[]>;
}

/** A bucket. */
export interface BucketFacts {
  /** `host:port`. */
  readonly server: string;
  readonly bucket: string;
  /** Whether backups lie in it, as the step says. */
  readonly backups: boolean;
  /** Statements of its policy that let everybody in, in a line each. */
  readonly open: Seen<readonly string[]>;
  readonly versioning: Seen<boolean>;
  /** Whether objects are kept for a time by default, whoever deletes them. */
  readonly retention: Seen<boolean>;
  /** Whether the credentials of the target may do everything on the server. */
  readonly almighty: Seen<boolean>;
}

/** What a service answered to whoever showed no login. */
export interface LoginFacts {
  readonly target: string;
  /** `GET https://host/path`, free of secrets. */
  readonly asked: string;
  /** `location` of a redirect: its path alone. */
  readonly answer: Seen<{ readonly status: number; readonly location: string | null }>;
}

/** Everything that an audit judges. */
export interface AuditFacts {
  readonly cluster: ClusterFacts;
  readonly databases: readonly DatabaseServerFacts[];
  readonly buckets: readonly BucketFacts[];
  readonly logins: readonly LoginFacts[];
}
