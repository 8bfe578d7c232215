import { WindlassFailure } from '../../domain/failure.ts';
import type { Need } from './needs.ts';
import type { Self } from './reviews.ts';

/** The failure of needs that are not met, each named. */
export function denial(missing: readonly Need[], self: Self | null): WindlassFailure {
  const who = self?.username ?? 'The user of the target';
  const lines = inWords(missing);
  const list = lines.length === 1 ? ` ${lines.join('')}.` : `:\n  ${lines.join('\n  ')}`;
  const clusterWide = missing.some(({ namespace }) => namespace === undefined);
  return new WindlassFailure('AccessDenied', `${who} may not${list}`, {
    object: lines.length === 1 ? resourceOf(missing[0]) : `${String(lines.length)} resources`,
    next: `Nothing was touched. Grant this to ${who}${clusterWide ? ' (a ClusterRole with a ClusterRoleBinding where no namespace is named)' : ' by a Role and a RoleBinding'}, or use other credentials; then retry.`,
    facts: {
      applied: 0,
      ...(self === null ? {} : { user: self.username }),
      missing: missing.map(({ verb, group, resource, subresource, namespace }) => ({
        verb,
        resource: subresource === undefined ? resource : `${resource}/${subresource}`,
        ...(group === '' ? {} : { group }),
        ...(namespace === undefined ? {} : { namespace }),
      })),
    },
  });
}

/** One line per resource and namespace: `create, patch deployments.apps in namespace data`. */
function inWords(missing: readonly Need[]): readonly string[] {
  const groups = Map.groupBy(missing, resourceOf);
  return [...groups].map(
    ([resource, needs]) => `${[...new Set(needs.map(({ verb }) => verb))].sort().join(', ')} ${resource}`,
  );
}

function resourceOf(need: Need | undefined): string {
  if (need === undefined) return '';
  const { group, resource, subresource, namespace } = need;
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  const part = subresource === undefined ? '' : `/${subresource}`;
  return `${resource}${group === '' ? '' : `.${group}`}${part}${where}`;
}
