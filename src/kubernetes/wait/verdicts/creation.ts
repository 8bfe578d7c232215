import type { KubernetesObject } from '../../../domain/kubernetes-api.ts';
import { conditionOf } from '../../status/status.ts';
import { latest, type EventNote } from '../event-notes.ts';
import type { Graces, Suspicion } from '../suspicion.ts';

/** Why a pod was refused, by the API server's own words; the first that fits. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/exceeded quota/, 'QuotaExceeded'],
  [/failed calling webhook/, 'WebhookFailed'],
  [/admission webhook .* denied/, 'WebhookDenied'],
  [/violates PodSecurity/, 'PodSecurityViolated'],
  [/ValidatingAdmissionPolicy .* denied/, 'PolicyDenied'],
  [/(is forbidden: )?error looking up service account|serviceaccounts? .*not found/i, 'ServiceAccountMissing'],
];

/**
 * What keeps a controller from making pods now: quota, admission, a missing service account. Deployments and ReplicaSets
 * say so in a condition, the others only in events: there the last word counts, failure or success.
 *
 * @param maker what makes the pods: the workload, or the ReplicaSet of a Deployment's latest revision where it is known.
 * @param notes events of the workload, and of the ReplicaSet that it makes its pods by.
 */
export function creationVerdict(maker: KubernetesObject, notes: readonly EventNote[], graces: Graces): Suspicion[] {
  const message = refusalOf(maker, notes);
  if (message === null) return [];
  const reason = CAUSES.find(([pattern]) => pattern.test(message))?.[1] ?? 'FailedCreate';
  // Controllers try again in pauses that grow up to a quarter of an hour: until then they say what was so before.
  const metAt = latest(notes, 'FailedCreate')?.at;
  const suspicion = { key: 'controller', reason, message, graceMs: graces.admissionMs };
  return [metAt === undefined ? suspicion : { ...suspicion, metAt }];
}

function refusalOf(maker: KubernetesObject, notes: readonly EventNote[]): string | null {
  const condition = conditionOf(maker, 'ReplicaFailure');
  if (condition !== null) return condition.status === 'True' ? condition.message : null;
  const failed = latest(notes, 'FailedCreate');
  const made = latest(notes, 'SuccessfulCreate');
  return failed !== undefined && failed.at > (made?.at ?? 0) ? failed.message : null;
}
