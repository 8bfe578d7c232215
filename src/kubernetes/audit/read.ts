import {
  AUDITED_KINDS,
  seenUnless,
  type AuditedKind,
  type ClusterFacts,
  type ClusterUser,
} from '../../domain/audit.ts';
import { readText, readTexts, without } from '../../domain/json-fields.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { concurrently } from '../concurrently.ts';
import { isSecretKind } from '../identity.ts';

const MANAGERS = new Set(['managedFields']);
const REFUSED = ['AccessDenied', 'UnknownKind'] as const;

/**
 * One LIST of each kind that an audit looks at, of all namespaces. Values of Secrets are not asked for. What may not be
 * listed is told as unread.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does, but for `AccessDenied` and `UnknownKind`.
 */
export async function readClusterFacts(api: KubernetesClient, signal: AbortSignal): Promise<ClusterFacts> {
  const objects: Partial<Record<AuditedKind, readonly KubernetesObject[]>> = {};
  const unread: Partial<Record<AuditedKind, string>> = {};
  const kinds = Object.entries(AUDITED_KINDS) as [AuditedKind, string][];
  await concurrently(kinds, async ([kind, apiVersion]) => {
    const ref = { apiVersion, kind };
    const listed = await seenUnless(REFUSED, api.list(ref, { signal, metadataOnly: isSecretKind(ref) }));
    if ('unseen' in listed) unread[kind] = listed.unseen;
    else objects[kind] = listed.value.map(withoutManagers);
  });
  const self = await seenUnless(REFUSED, whoAmI(api, signal));
  return { objects, unread, self };
}

async function whoAmI(api: KubernetesClient, signal: AbortSignal): Promise<ClusterUser> {
  const review = await api.review('authentication.k8s.io/v1', 'SelfSubjectReview', {}, signal);
  return {
    user: readText(review, 'status', 'userInfo', 'username') ?? '',
    groups: readTexts(review, 'status', 'userInfo', 'groups'),
  };
}

/** Who owns which field is as long as the object itself, and nothing looks at it. */
function withoutManagers(object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...without(object.metadata, MANAGERS), name: object.metadata.name } };
}
