import { describe, expect, test } from '@jest/globals';
import { isReady, lacksOfRights, mergedRights, type RequiredRight } from '../../src/domain/preflight.ts';
import { rolesFor } from '../../src/domain/rbac.ts';

const right = (verb: RequiredRight['verb'], resource: string, more: Partial<RequiredRight> = {}): RequiredRight => ({
  ...{ verb, group: '', resource, namespace: 'shop', names: [], steps: ['data/apps'] },
  ...more,
});
/** A right on what is in no namespace. */
const onNodes = (more: Partial<RequiredRight> = {}): RequiredRight => ({
  ...{ verb: 'list', group: '', resource: 'nodes', names: [], steps: ['data/apps'] },
  ...more,
});
const worker = { namespace: 'windlass', name: 'worker' };

describe('rights that several steps take', () => {
  test('are one, for all names and of all steps', () => {
    const [one, ...more] = mergedRights([
      right('get', 'secrets', { names: ['b'] }),
      right('get', 'secrets', { names: ['a'], steps: ['data/more'] }),
    ]);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ names: ['a', 'b'], steps: ['data/apps', 'data/more'] });
    expect(mergedRights([right('get', 'secrets', { names: ['b'] }), right('get', 'secrets')])).toMatchObject([
      { names: [] },
    ]);
  });

  test('are needed where one of the steps fails without', () => {
    const optional = right('list', 'pods', { without: 'why' });
    expect(mergedRights([optional, optional])).toMatchObject([{ without: 'why' }]);
    expect(mergedRights([optional, right('list', 'pods')])[0]).not.toHaveProperty('without');
  });
});

describe('the least roles', () => {
  test('are a Role for each namespace and a ClusterRole for the rest, bound to the service account', () => {
    const documents = rolesFor([right('get', 'pods'), onNodes()], 'windlass-shop', worker);
    expect(documents.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['ClusterRole', undefined],
      ['ClusterRoleBinding', undefined],
      ['Role', 'shop'],
      ['RoleBinding', 'shop'],
    ]);
    expect(documents[3]).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'windlass-shop' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'windlass', name: 'worker' }],
    });
  });

  test('say verbs of one resource together, and resources with the same verbs together', () => {
    const rights = ['services', 'configmaps'].flatMap((one) => [right('get', one), right('patch', one)]);
    const [role] = rolesFor([...rights, right('list', 'deployments', { group: 'apps' })], 'x', worker);
    expect(role?.rules).toEqual([
      { apiGroups: [''], resources: ['services', 'configmaps'], verbs: ['get', 'patch'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] },
    ]);
  });

  test('grant single Secrets by name, but for verbs that cannot be', () => {
    const names = ['login'];
    const [role] = rolesFor([right('get', 'secrets', { names }), right('create', 'secrets', { names })], 'x', worker);
    expect(role?.rules).toEqual([
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['login'], verbs: ['get'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    ]);
  });
});

test('what is missing is named by resource and namespace, all verbs together, with who takes it', () => {
  const nodes = onNodes({ without: 'whether pods run' });
  const lacks = lacksOfRights([right('patch', 'pods'), right('create', 'pods'), nodes], 'ada');
  expect(lacks).toMatchObject([
    { what: 'create, patch pods in namespace shop', steps: ['data/apps'], needed: true },
    { what: 'list nodes', needed: false, next: expect.stringContaining('whether pods run') },
  ]);
  const answered = { target: 'c', kind: 'kubernetes', user: null, server: null, asked: 3, failure: null };
  expect(isReady({ ...answered, lacks })).toBe(false);
  expect(isReady({ ...answered, lacks: lacks.slice(1) })).toBe(true);
});
