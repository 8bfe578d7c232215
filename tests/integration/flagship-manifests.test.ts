import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { JsonObject } from '../../src/domain/json.ts';
import { readList, readText, without } from '../../src/domain/json-fields.ts';
import type { KubernetesObject, ObjectRef } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { kindKey, refOf } from '../../src/kubernetes/identity.ts';
import { freshName, namespaceRef } from '../kubernetes/cluster.ts';
import { loadFlagship, objectsOf, readsItsNode, workloadsOf } from '../rollouts/flagship.ts';
import { labKubeconfig, openLabCluster } from '../support/lab-cluster.ts';

// The API server itself says whether it would take what the flagship declares, and whether its pods are of the restricted
// level. Nothing is stored: every request is a dry run.

const ns = freshName('flagship');
let client: KubernetesClient;
beforeAll(async () => {
  client = await openLabCluster();
  await client.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: ns, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
});
afterAll(async () => {
  await client.delete(namespaceRef(ns));
  await client.close();
});

/** Kinds that are there where Kyverno and cert-manager are: flagship-policies.test.ts and flagship-certificates.test.ts have these. */
const BROUGHT_ALONG = ['policies.kyverno.io/', 'cert-manager.io/'];

/** All that it applies of kinds that every lab serves. */
async function declaredIn(environment: string): Promise<readonly KubernetesObject[]> {
  return objectsOf(await loadFlagship(environment)).filter(
    ({ apiVersion }) => !BROUGHT_ALONG.some((group) => apiVersion.startsWith(group)),
  );
}

/** What the API server has against objects, by object. */
async function refusals(objects: readonly KubernetesObject[], as = client): Promise<readonly string[]> {
  const answers = await Promise.allSettled(objects.map((object) => as.apply(object, { dryRun: true, force: true })));
  return answers.flatMap((answer, index) =>
    answer.status === 'fulfilled'
      ? []
      : [`${objects[index]?.kind ?? ''} ${objects[index]?.metadata.name ?? ''}: ${String(answer.reason)}`],
  );
}

/** Roles and bindings as they are shipped, under names and for namespaces and a worker of this test. */
function shippedRights(files: readonly string[]): readonly KubernetesObject[] {
  return files
    .flatMap((file) => parseAllDocuments(readFileSync(new URL(`../../deploy/${file}`, import.meta.url), 'utf8')))
    .map((document) => document.toJS() as KubernetesObject & { readonly roleRef?: JsonObject })
    .map(({ metadata, roleRef, ...object }) => ({
      ...object,
      metadata: {
        name: `${ns}-${metadata.name}`,
        ...(metadata.namespace === undefined ? {} : { namespace: `${ns}-${metadata.namespace}` }),
      },
      ...(roleRef === undefined
        ? {}
        : {
            roleRef: { ...roleRef, name: `${ns}-${readText(roleRef, 'name') ?? ''}` },
            subjects: [{ kind: 'ServiceAccount', name: ns, namespace: ns }],
          }),
    }));
}

/** A client that acts as the worker of this test. */
async function worker(): Promise<KubernetesClient> {
  const config = parse(labKubeconfig()) as { users: { user: Record<string, unknown> }[] };
  config.users[0]!.user['as'] = `system:serviceaccount:${ns}:${ns}`;
  return openKubernetes({ kubeconfig: stringify(config) });
}

describe('the rights of a worker', () => {
  const made: ObjectRef[] = [];
  let objects: readonly KubernetesObject[];
  beforeAll(async () => {
    objects = await declaredIn('production');
    const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
    for (const { metadata } of namespaces)
      await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${ns}-${metadata.name}` } });
    made.push(...namespaces.map(({ metadata }) => namespaceRef(`${ns}-${metadata.name}`)));
    // A binding can only be judged where its role is.
    for (const object of objects.filter(({ kind }) => /^(Cluster)?Role$/.test(kind))) {
      const { name, namespace } = object.metadata;
      const metadata = namespace === undefined ? { name } : { name, namespace: `${ns}-${namespace}` };
      await client.apply({ ...object, metadata });
      if (namespace === undefined) made.push(refOf(object));
    }
    for (const right of shippedRights([
      'kubernetes/rbac-apply.yaml',
      'rights/platform.yaml',
      'rights/monitoring.yaml',
    ])) {
      await client.apply(right);
      if (right.metadata.namespace === undefined) made.push(refOf(right));
    }
  });
  afterAll(async () => {
    for (const ref of made) await client.delete(ref);
  });

  test('as they are shipped are enough for every object of the flagship, roles included', async () => {
    const served = await client.discovery.findAll(objects);
    const there = objects.map((object) =>
      served.get(kindKey(object))?.namespaced === true
        ? { ...object, metadata: { ...object.metadata, namespace: `${ns}-${object.metadata.namespace ?? ''}` } }
        : object,
    );
    const acting = await worker();
    try {
      expect(await refusals(there, acting)).toEqual([]);
    } finally {
      await acting.close();
    }
  });
});

describe.each(['lab', 'production'])('in %s', (environment) => {
  test('the API server takes every object as it is written, without an unknown field', async () => {
    const objects = await declaredIn(environment);
    const served = await client.discovery.findAll(objects);
    const here = objects.map((object) =>
      served.get(kindKey(object))?.namespaced === true
        ? { ...object, metadata: { ...object.metadata, namespace: ns } }
        : object,
    );
    expect(here.length).toBeGreaterThan(130);
    expect(await refusals(here)).toEqual([]);
  });

  test('pods of all workloads are admitted where only the restricted level is', async () => {
    const workloads = workloadsOf(objectsOf(await loadFlagship(environment))).filter((one) => !readsItsNode(one));
    const pods = workloads.map(({ object, pod }): KubernetesObject => ({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: object.metadata.name, namespace: ns } },
      // The account is not there, nor are claims, which is another matter.
      spec: {
        ...without(pod, new Set(['serviceAccountName'])),
        automountServiceAccountToken: false,
        volumes: [
          ...readList(pod, 'volumes'),
          ...readList(object, 'spec', 'volumeClaimTemplates').map((claim) => ({
            name: readText(claim, 'metadata', 'name') ?? '',
            emptyDir: {},
          })),
        ],
      },
    }));
    expect(pods.length).toBeGreaterThan(15);
    expect(await refusals(pods)).toEqual([]);
    const [first] = pods;
    const privileged = { ...first!, spec: { ...(first!.spec as object), hostNetwork: true } };
    expect((await refusals([privileged])).join()).toContain('PodSecurity');
  });
});
