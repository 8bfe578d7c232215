import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesClient } from '../client/client.ts';
import { read, readText, readTexts } from '../../domain/json-fields.ts';
import type { Need, Right } from './needs.ts';

/** Who the API server takes us for. */
export interface Self {
  readonly username: string;
  readonly groups: readonly string[];
}

/**
 * Those needs that are not met, as the server's own authorizers see it. All are asked at once; a need that is not met in
 * general is asked for name by name, since roles can be limited to names, until one is denied.
 *
 * SelfSubjectRulesReview would be one question for a namespace, but its answer may be incomplete, says nothing of
 * cluster-scoped kinds, and knows no other authorizer than RBAC in full.
 *
 * @returns nothing at all where even asking is forbidden: then the server judges when it is asked to act.
 * @throws WindlassFailure when the server cannot be asked, `AccessDenied` and `UnknownKind` excepted.
 */
export async function unmet<N extends Need>(
  needs: readonly N[],
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly N[]> {
  try {
    const met = await Promise.all(needs.map((need) => isMet(need, client, signal)));
    return needs.filter((_, index) => met[index] === false);
  } catch (error) {
    if (error instanceof WindlassFailure && (error.type === 'AccessDenied' || error.type === 'UnknownKind')) return [];
    throw error;
  }
}

async function isMet(need: Need, client: KubernetesClient, signal: AbortSignal): Promise<boolean> {
  if (await mayI(need, undefined, client, signal)) return true;
  // A list or a watch is by name only when it is of one object.
  const many = need.verb === 'list' || need.verb === 'watch';
  if (need.names.length === 0 || (many && need.names.length > 1)) return false;
  for (const name of need.names) if (!(await mayI(need, name, client, signal))) return false;
  return true;
}

async function mayI(
  { verb, group, resource, subresource, namespace }: Right,
  name: string | undefined,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<boolean> {
  const resourceAttributes = {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  const review = await client.review(
    'authorization.k8s.io/v1',
    'SelfSubjectAccessReview',
    { resourceAttributes },
    signal,
  );
  return read(review, 'status', 'allowed') === true;
}

/**
 * Who the server says that we are.
 *
 * @returns null where the server does not tell.
 * @throws `signal.reason` once it aborts; a failure of the server is null.
 */
export async function whoAmI(client: KubernetesClient, signal: AbortSignal): Promise<Self | null> {
  try {
    const review = await client.review('authentication.k8s.io/v1', 'SelfSubjectReview', {}, signal);
    const groups = readTexts(review, 'status', 'userInfo', 'groups');
    const username = readText(review, 'status', 'userInfo', 'username');
    return username === undefined ? null : { username, groups };
  } catch (error) {
    if (error instanceof WindlassFailure) return null;
    throw error;
  }
}
