import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { configMap, contextOf, deployment, freshName, namespace, namespaceRef, specOf } from '../kubernetes/cluster.ts';
import { GateProxy } from '../kubernetes/gate-proxy.ts';
import { told } from '../support/told.ts';
import { labKubeconfig, openLabCluster } from '../support/lab-cluster.ts';

let direct: KubernetesClient;
let proxy: GateProxy;
let client: KubernetesClient;
let ns: string;

beforeAll(async () => {
  direct = await openLabCluster();
});
afterAll(() => direct.close());
beforeEach(async () => {
  ns = freshName('connection');
  const server = /server: "?https:\/\/([^\s":]+):(\d+)/.exec(labKubeconfig());
  proxy = await GateProxy.open(server?.[1] ?? '', Number(server?.[2]));
  const address = `https://127.0.0.1:${String(proxy.port)}`;
  client = await openKubernetes({ kubeconfig: labKubeconfig().replace(/https:\/\/[^\s"]+/, address) });
});
afterEach(async () => {
  await client.close();
  await proxy.close();
  await direct.delete(namespaceRef(ns));
});

describe('an API server that goes away', () => {
  test('in the middle of a wait, and comes back: the wait goes on and misses nothing', async () => {
    const web = deployment('web', 1, { 'windlass.dev/ready-after': '2s' });
    let away = false;
    const progress = (state: Json): void => {
      if (away || (state as { stage: string }).stage !== 'wait') return;
      away = true;
      setTimeout(() => {
        proxy.shut();
      }, 200);
      // The pod becomes ready while nobody can be told.
      setTimeout(() => {
        proxy.admit();
      }, 4_000);
    };
    const { findings } = await kubernetesApplyEngine(client).apply(
      specOf(ns),
      contextOf([namespace(ns), web], { progress }),
    );
    expect(away).toBe(true);
    expect(proxy.turnedAway).toBeGreaterThan(0);
    expect(told(findings)[1]).toMatchObject({ subject: `Deployment ${ns}/web`, holds: true });
  });

  test('in the middle of an apply: it is worth a retry, which ends where an undisturbed apply ends', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `c${String(index)}`);
    const set = [namespace(ns), ...names.map((name) => configMap(name, { a: name }))];
    let resume: Json = null;
    const progress = (state: Json): void => {
      resume = state;
      if ((state as { applied: number }).applied === 20) proxy.shut();
    };
    const apply = kubernetesApplyEngine(client).apply(specOf(ns), contextOf(set, { progress }));
    await expect(apply).rejects.toMatchObject({ type: 'TargetUnreachable' });
    proxy.admit();
    const { changes } = await kubernetesApplyEngine(client).apply(specOf(ns), contextOf(set, { resume }));
    expect(changes).toHaveLength(61);
    expect(new Set(changes.map(({ action }) => action)).has('update')).toBe(false);
    const found = await direct.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: ns });
    const data = Object.fromEntries(found.map((object) => [object.metadata.name, object.data]));
    expect(data).toMatchObject(Object.fromEntries(names.map((name) => [name, { a: name }])));
  });

  test('before anything: it is said where nobody answers', async () => {
    proxy.shut();
    await expect(kubernetesApplyEngine(client).plan(specOf(ns), contextOf([configMap('a')]))).rejects.toMatchObject({
      type: 'TargetUnreachable',
      message: expect.stringContaining(`127.0.0.1:${String(proxy.port)}`),
    });
  });
});
