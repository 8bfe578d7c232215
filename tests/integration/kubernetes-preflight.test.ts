import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { kubernetesPrune } from '../../src/domain/kinds/kubernetes-prune.ts';
import { kubernetesRecreate } from '../../src/domain/kinds/kubernetes-recreate.ts';
import { kubernetesScale } from '../../src/domain/kinds/kubernetes-scale.ts';
import { kubernetesSecret, type KubernetesSecretSpec } from '../../src/domain/kinds/kubernetes-secret.ts';
import { kubernetesSuspend } from '../../src/domain/kinds/kubernetes-suspend.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { kubernetesPruneEngine } from '../../src/kubernetes/prune/prune-engine.ts';
import { kubernetesRecreateEngine } from '../../src/kubernetes/recreate/recreate-engine.ts';
import { kubernetesScaleEngine } from '../../src/kubernetes/scale/scale-engine.ts';
import { kubernetesSecretEngine } from '../../src/kubernetes/secret/secret-engine.ts';
import { kubernetesSuspendEngine } from '../../src/kubernetes/suspend/suspend-engine.ts';
import {
  configMap,
  contextOf,
  deployment,
  freshName,
  kubeconfigOf,
  namespace,
  namespaceRef,
  specOf,
  Stranger,
} from '../kubernetes/cluster.ts';
import { OwnRollout } from '../kubernetes/own-rollout.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const RBAC = 'rbac.authorization.k8s.io';
type Rule = { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] };

let admin: KubernetesClient;
let stranger: Stranger;
let weak: KubernetesClient;
let ns: string;
let user: string;
let clusterRole: string | null;

beforeAll(async () => {
  admin = await openLabCluster();
  stranger = await Stranger.open();
});
afterAll(async () => {
  await Promise.all([admin.close(), stranger.close()]);
});
beforeEach(async () => {
  ns = freshName('preflight');
  user = `system:serviceaccount:${ns}:runner`;
  clusterRole = null;
  await admin.apply(namespace(ns));
  await admin.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'runner', namespace: ns } });
  const token = await stranger.create(`/api/v1/namespaces/${ns}/serviceaccounts/runner/token`, { spec: {} });
  weak = await openKubernetes({ kubeconfig: kubeconfigOf((token.status as { token: string }).token) });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await weak.close();
  if (clusterRole !== null)
    for (const kind of ['ClusterRoleBinding', 'ClusterRole'])
      await admin.delete({ apiVersion: `${RBAC}/v1`, kind, name: clusterRole });
  await admin.delete(namespaceRef(ns));
});

const subjects = () => [{ kind: 'ServiceAccount', name: 'runner', namespace: ns }];
const read = (...resources: string[]): Rule => ({
  apiGroups: ['', 'apps'],
  resources,
  verbs: ['get', 'list', 'watch'],
});
const write = (...resources: string[]): Rule => ({ apiGroups: ['', 'apps'], resources, verbs: ['create', 'patch'] });

/** Lets the service account do this in its namespace; the server knows of it when this returns. */
async function grant(name: string, rules: readonly Rule[]): Promise<void> {
  const meta = { apiVersion: `${RBAC}/v1`, metadata: { name, namespace: ns } };
  await admin.apply({ ...meta, kind: 'Role', rules: rules.map((rule) => ({ ...rule })) });
  const roleRef = { apiGroup: RBAC, kind: 'Role', name };
  await admin.apply({ ...meta, kind: 'RoleBinding', roleRef, subjects: subjects() });
  await known(rules[0]!, ns);
}

async function grantInCluster(rules: readonly Rule[]): Promise<void> {
  clusterRole = ns;
  const meta = { apiVersion: `${RBAC}/v1`, metadata: { name: clusterRole } };
  await admin.apply({ ...meta, kind: 'ClusterRole', rules: rules.map((rule) => ({ ...rule })) });
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: clusterRole };
  await admin.apply({ ...meta, kind: 'ClusterRoleBinding', roleRef, subjects: subjects() });
  await known(rules[0]!, undefined);
}

/** Authorizers learn of roles by a watch of their own. */
async function known({ verbs, apiGroups, resources, resourceNames }: Rule, where: string | undefined): Promise<void> {
  for (;;) {
    const review = await weak.review('authorization.k8s.io/v1', 'SelfSubjectAccessReview', {
      resourceAttributes: {
        verb: verbs[0]!,
        group: apiGroups[0]!,
        resource: resources[0]!,
        ...(where === undefined ? {} : { namespace: where }),
        ...(resourceNames === undefined ? {} : { name: resourceNames[0]! }),
      },
    });
    if ((review as { status: { allowed: boolean } }).status.allowed) return;
  }
}

const engine = () => kubernetesApplyEngine(weak);
const maps = () => admin.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: ns });
const dataOf = (objects: readonly KubernetesObject[], name: string) =>
  objects.find(({ metadata }) => metadata.name === name)?.data;

async function failureOf(work: Promise<unknown>): Promise<WindlassFailure> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof WindlassFailure)) throw new Error(`no failure was thrown, but ${String(error)}`);
  return error;
}

describe('rights that are missing', () => {
  test('to write are all named, by verb, resource and namespace, and nothing is touched', async () => {
    await grant('reader', [read('configmaps', 'deployments', 'services'), write('configmaps')]);
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { clusterIP: 'None', selector: { a: 'b' } },
    };
    const failure = await failureOf(
      engine().apply(specOf(ns), contextOf([configMap('a'), deployment('web', 1), service])),
    );
    expect(failure.summary()).toMatchObject({
      type: 'AccessDenied',
      retryable: false,
      object: '2 resources',
      facts: {
        user,
        applied: 0,
        missing: [
          { verb: 'patch', group: 'apps', resource: 'deployments', namespace: ns },
          { verb: 'patch', resource: 'services', namespace: ns },
          { verb: 'create', group: 'apps', resource: 'deployments', namespace: ns },
          { verb: 'create', resource: 'services', namespace: ns },
        ],
      },
    });
    expect(failure.message).toContain(`create, patch deployments.apps in namespace ${ns}`);
    expect(failure.options.next).toContain('by a Role and a RoleBinding');
    expect(dataOf(await maps(), 'a')).toBeUndefined();
  });

  test('to read are named together with those to write, by a plan too', async () => {
    const set = contextOf([configMap('a'), deployment('web', 1)]);
    for (const work of [() => engine().plan(specOf(ns), set), () => engine().apply(specOf(ns), set)]) {
      const failure = await failureOf(work());
      expect(failure.type).toBe('AccessDenied');
      expect(failure.message.split('\n')).toEqual([
        `${user} may not:`,
        `  create, get, patch configmaps in namespace ${ns}`,
        `  create, get, patch deployments.apps in namespace ${ns}`,
      ]);
    }
  });

  test('for cluster-scoped kinds are told as such', async () => {
    await grant('all', [read('configmaps'), write('configmaps')]);
    await grantInCluster([read('namespaces')]);
    const other = `${ns}-other`;
    const set = contextOf([namespace(other), configMap('a')]);
    const failure = await failureOf(engine().apply(specOf(other), set));
    expect(failure.message).toContain('create, patch namespaces');
    expect(failure.message).toContain(`create, patch configmaps in namespace ${other}`);
    expect(failure.options.next).toContain('ClusterRoleBinding');
    expect(await admin.get(namespaceRef(other))).toBeNull();
  });

  test('to see workloads become ready are missed before these are applied, where they are waited for', async () => {
    await grant('blind', [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'create', 'patch'] }]);
    const failure = await failureOf(engine().apply(specOf(ns), contextOf([deployment('web', 0)])));
    expect(failure.message).toBe(`${user} may not list, watch deployments.apps in namespace ${ns}.`);
    const { changes } = await engine().apply(specOf(ns, { wait: false }), contextOf([deployment('web', 0)]));
    expect(changes).toMatchObject([{ action: 'create' }]);
  });
});

describe('rights that the other verbs miss', () => {
  /** Everything is there and may be looked at; the verb is not to do half of its work. */
  const refusal = async (work: Promise<unknown>, missing: readonly object[]) => {
    const failure = await failureOf(work);
    expect(failure.summary()).toMatchObject({ type: 'AccessDenied', facts: { user, missing } });
  };
  const make = ({ metadata, ...rest }: { metadata: object }) =>
    admin.apply({ ...rest, metadata: { ...metadata, namespace: ns } } as unknown as KubernetesObject);

  test('kubernetes.recreate deletes nothing that it may not make again', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db' }, spec: { ports: [{ port: 5432 }] } };
    const { metadata } = await make(service);
    await grant('remover', [
      read('services', 'configmaps', 'namespaces'),
      { apiGroups: [''], resources: ['services'], verbs: ['patch', 'delete'] },
    ]);
    const spec = kubernetesRecreate.parse({ playbook: 'service', manifests: ['set.yaml'], namespace: ns });
    const headless = { ...service, spec: { ...service.spec, clusterIP: 'None' } };
    await refusal(kubernetesRecreateEngine(weak).apply(spec, contextOf([headless])), [
      { verb: 'create', resource: 'services', namespace: ns },
      { verb: 'create', resource: 'configmaps', namespace: ns },
      { verb: 'patch', resource: 'configmaps', namespace: ns },
    ]);
    const now = await admin.get({ apiVersion: 'v1', kind: 'Service', name: 'db', namespace: ns });
    expect(now?.metadata.uid).toBe(metadata.uid);
  });

  test('kubernetes.prune deletes nothing where it may not delete all', async () => {
    const rollout = new OwnRollout();
    const inventory = rollout.home;
    try {
      await kubernetesApplyEngine(admin, { inventory }).apply(
        specOf(ns, { wait: false }),
        rollout.context([configMap('a'), deployment('web', 1)]),
      );
      const removeMaps: Rule = { apiGroups: [''], resources: ['configmaps'], verbs: ['patch', 'delete'] };
      await grantInCluster([read('configmaps', 'deployments'), removeMaps]);
      const prune = kubernetesPruneEngine(weak, { inventory, declaredBy: [] });
      await refusal(prune.apply(kubernetesPrune.parse({}), rollout.context([])), [
        { verb: 'delete', group: 'apps', resource: 'deployments', namespace: ns },
      ]);
      expect(dataOf(await maps(), 'a')).toEqual({ a: '1' });
    } finally {
      await rollout.cleanUp(admin);
    }
  });

  test('kubernetes.scale, kubernetes.suspend and kubernetes.secret name what they want to write', async () => {
    await make(deployment('web', 1));
    const jobTemplate = {
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a:1' }] } } },
    };
    await make({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'etl' },
      spec: { schedule: '0 0 30 2 *', jobTemplate },
    } as never);
    await grant('reader', [
      read('deployments', 'deployments/scale', 'secrets'),
      { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['list'] },
    ]);
    const workloads = [{ kind: 'Deployment', name: 'web', replicas: 2 }];
    await refusal(
      kubernetesScaleEngine(weak).apply(kubernetesScale.parse({ namespace: ns, workloads }), contextOf('')),
      [{ verb: 'patch', group: 'apps', resource: 'deployments/scale', namespace: ns }],
    );
    const suspend = kubernetesSuspend.parse({ action: 'suspend', namespace: ns, names: ['etl'] });
    await refusal(kubernetesSuspendEngine(weak).apply(suspend, contextOf('')), [
      { verb: 'patch', group: 'batch', resource: 'cronjobs', namespace: ns },
    ]);
    const secret = kubernetesSecret.parse({ name: 'login', namespace: ns, generate: { password: {} } });
    await refusal(kubernetesSecretEngine(weak).apply(secret as KubernetesSecretSpec, contextOf('')), [
      { verb: 'create', resource: 'secrets', namespace: ns },
      { verb: 'patch', resource: 'secrets', namespace: ns },
    ]);
  });
});

describe('rights that suffice', () => {
  test('may be limited to names', async () => {
    const named = (...resourceNames: string[]): Rule => ({ ...write('configmaps'), resourceNames });
    await grant('named', [named('a', 'b'), read('configmaps')]);
    await engine().apply(specOf(ns), contextOf([configMap('a'), configMap('b')]));
    expect(dataOf(await maps(), 'b')).toEqual({ a: '1' });
    const failure = await failureOf(engine().apply(specOf(ns), contextOf([configMap('a'), configMap('c')])));
    expect(failure.message).toBe(`${user} may not create, patch configmaps in namespace ${ns}.`);
  });

  test('may be granted by the set itself, before what needs them', async () => {
    const binders: Rule = { apiGroups: [RBAC], resources: ['rolebindings'], verbs: ['get', 'create', 'patch'] };
    const bind: Rule = { apiGroups: [RBAC], resources: ['roles'], verbs: ['bind'] };
    await grant('binder', [binders, bind, read('configmaps')]);
    const meta = { apiVersion: `${RBAC}/v1`, metadata: { name: 'writer', namespace: ns } };
    await admin.apply({ ...meta, kind: 'Role', rules: [{ ...write('configmaps') }] });
    const roleRef = { apiGroup: RBAC, kind: 'Role', name: 'writer' };
    const binding = { ...meta, kind: 'RoleBinding', roleRef, subjects: subjects() };
    const nobody = { ...binding, subjects: [{ kind: 'ServiceAccount', name: 'somebody', namespace: ns }] };
    expect((await failureOf(engine().apply(specOf(ns), contextOf([nobody, configMap('a')])))).type).toBe(
      'AccessDenied',
    );
    expect(await admin.get({ ...meta, kind: 'RoleBinding', name: 'writer', namespace: ns })).toBeNull();
    // The preflight lets it pass; the server's authorizer may learn of the binding a moment later.
    const apply = () => engine().apply(specOf(ns), contextOf([binding, configMap('a')]));
    await apply().catch(async (error: unknown) => {
      expect(error).toMatchObject({ type: 'AccessDenied' });
      await known(write('configmaps'), ns);
      return apply();
    });
    expect(dataOf(await maps(), 'a')).toEqual({ a: '1' });
  });

  test('are asked for once per kind and namespace, and not at all where nothing changes', async () => {
    const asked = jest.spyOn(admin, 'review');
    const set = contextOf(['a', 'b', 'c', 'd', 'e'].map((name) => configMap(name)));
    await kubernetesApplyEngine(admin).apply(specOf(ns), set);
    expect(asked.mock.calls.map(([, kind]) => kind)).toEqual(['SelfSubjectAccessReview', 'SelfSubjectAccessReview']);
    asked.mockClear();
    await kubernetesApplyEngine(admin).apply(specOf(ns), set);
    expect(asked).not.toHaveBeenCalled();
  });
});
