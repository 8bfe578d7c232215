import type { CheckId } from '../domain/audit-checks.ts';
import type { AuditedKind, Severity } from '../domain/audit.ts';
import { labelOf, type KubernetesObject } from '../domain/kubernetes-api.ts';
import type { World } from './world.ts';

/** Something that a check found to be wrong. */
export interface Fault {
  /** `ClusterRoleBinding ops`, `role alice at db:5432`: what exemptions name. */
  readonly where: string;
  /** Of an object of the cluster: null for one without a namespace. Absent for everything else. */
  readonly namespace?: string | null;
  /** What is wrong with it, as the rest of a sentence. Never a value that may be secret. */
  readonly what: string;
}

/** Something that a check could not look at. */
export interface Unseen {
  readonly where: string;
  readonly unseen: string;
}

/** One thing that is looked for. */
export interface Check {
  readonly id: CheckId;
  readonly severity: Severity;
  /** What holds where nothing is found. */
  readonly claim: string;
  /** What to do about a fault. */
  readonly mend: string;
  /** The public checks that say the same: `C-0035`, `CIS 5.1.1`; empty for one of ours. */
  readonly stands: readonly string[];
  /** Kinds without which it cannot be told. */
  readonly needs: readonly AuditedKind[];
  readonly find: (world: World) => Iterable<Fault | Unseen>;
}

export function faultIn(object: KubernetesObject, what: string): Fault {
  const { name, namespace } = object.metadata;
  const where = labelOf({ kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) });
  return { where, namespace: namespace ?? null, what };
}
