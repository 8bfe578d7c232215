import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import type { Applied } from '../../src/domain/step-engine.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { Json } from '../../src/domain/json.ts';
import type { KubernetesObject, WatchEvent } from '../../src/domain/kubernetes-api.ts';
import { isRetryable } from '../../src/kubernetes/combined.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { killServer, labReset, labServer, labUp, startServer } from '../../src/lab/index.ts';
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
import { GateProxy } from '../kubernetes/gate-proxy.ts';
import { refusedIn } from '../kubernetes/refused.ts';
import { until } from '../support/poll.ts';

// A lab of its own: its API server and its store are killed, and its priorities are squeezed.
const parent = mkdtempSync(join(tmpdir(), 'windlass-kubernetes-faults-'));
chmodSync(parent, 0o755);
const dir = join(parent, 'lab');
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;

let kubeconfig: string;
let admin: KubernetesClient;
let ns: string;

beforeAll(async () => {
  const { env } = await labUp({ dir });
  kubeconfig = readFileSync(env.WINDLASS_LAB_KUBECONFIG, 'utf8');
  admin = await openKubernetes({ kubeconfig });
}, 600_000);
afterAll(async () => {
  await admin.close();
  await labReset(dir);
});
beforeEach(() => {
  ns = freshName('faults');
});
afterEach(() => admin.delete(namespaceRef(ns)));

const maps = (count: number) =>
  Array.from({ length: count }, (_, index) => configMap(`c${index}`, { value: `${index}` }));

/** The ConfigMaps that a test declared, as stored: their data by name. */
async function storedMaps(): Promise<Record<string, Json | undefined>> {
  const found = await admin.list(CONFIG_MAP, { namespace: ns });
  const ours = found.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt');
  return Object.fromEntries(ours.map((object) => [object.metadata.name, object.data]));
}

const declaredMaps = (count: number) =>
  Object.fromEntries(maps(count).map(({ metadata, data }) => [metadata.name, data]));

/** What the workflow does: tries again, from the last progress, for as long as a retry may help. */
async function applyWithRetries(set: readonly object[], progress: (state: Json) => void): Promise<Applied> {
  let resume: Json | undefined;
  for (;;) {
    try {
      const told = (state: Json): void => {
        resume = state;
        progress(state);
      };
      return await kubernetesApplyEngine(admin).apply(
        specOf(ns, { readyWithin: '240s' }),
        contextOf(set, { progress: told, ...(resume === undefined ? {} : { resume }) }),
      );
    } catch (error) {
      if (!(error instanceof WindlassFailure) || !isRetryable(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

describe('an API server that is started again', () => {
  test('calls no kind of a definition unknown while it does not tell of it yet, and drills see every kind', async () => {
    const schedules = { apiVersion: 'velero.io/v1', kind: 'Schedule' };
    const all = await admin.discovery.namespacedKinds();
    const failures = new Set<string>();
    // Asked all the while, each time by a client that knows of nothing.
    const asking = async (starting: Promise<unknown>): Promise<void> => {
      const start = { over: false };
      void starting.then(() => (start.over = true));
      for (let known = false; !(start.over && known);) {
        const client = await openKubernetes({ kubeconfig });
        try {
          await client.list(schedules);
          expect(await client.discovery.namespacedKinds()).toHaveLength(all.length);
          known = true;
        } catch (error) {
          if (!(error instanceof WindlassFailure)) throw error;
          known = false;
          failures.add(error.type);
        } finally {
          await client.close();
        }
      }
    };
    await killServer(dir, 'kube-apiserver');
    await asking(startServer(dir, 'kube-apiserver'));
    expect([...failures]).toEqual(['TargetUnreachable']);
  });
});

describe.each(['kube-apiserver', 'etcd'])('%s killed and started again', (server) => {
  test('in the middle of an apply and of the wait after it: nothing is missing, nothing is done twice', async () => {
    const kills: Promise<boolean>[] = [];
    const restart = async (): Promise<boolean> => {
      await killServer(dir, server);
      return startServer(dir, server);
    };
    const progress = (state: Json): void => {
      const { applied, stage } = state as { applied: number; stage: string };
      if (kills.length === 0 && applied >= 30) kills.push(restart());
      if (kills.length === 1 && stage === 'wait') kills.push(kills[0]!.then(restart));
    };
    const web = deployment('web', 2, { 'windlass.dev/ready-after': '3s' });
    const set = [namespace(ns), ...maps(80), web];
    const { changes, findings } = await applyWithRetries(set, progress);
    expect(await Promise.all(kills)).toEqual([true, true]);
    // Objects of an attempt that never heard of its success may count as there already, but never as changed.
    expect(changes.filter(({ action }) => action !== 'create' && action !== 'unchanged')).toEqual([]);
    expect(findings.every(({ holds }) => holds)).toBe(true);
    expect(await storedMaps()).toEqual(declaredMaps(80));
    const live = await admin.get({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: ns });
    expect(live?.metadata.generation).toBe(1);
    expect((live?.status as { availableReplicas: number }).availableReplicas).toBe(2);
  });
});

describe('a watch', () => {
  let proxy: GateProxy;
  let client: KubernetesClient;
  let stop: AbortController;
  let events: WatchEvent[];
  let watching: Promise<void>;

  beforeEach(async () => {
    proxy = await GateProxy.open('127.0.0.1', labServer(dir, 'kube-apiserver').ports['https']!);
    const through = kubeconfig.replace(/https:\/\/[^\s"]+/, `https://127.0.0.1:${proxy.port}`);
    client = await openKubernetes({ kubeconfig: through }, { watchSeconds: 3 });
    stop = new AbortController();
    events = [];
    await admin.apply(namespace(ns));
    watching = (async () => {
      for await (const event of client.watch(CONFIG_MAP, { namespace: ns, signal: stop.signal })) events.push(event);
    })();
    watching.catch(() => undefined);
    await put('first');
    await until(() => seen('first'));
  });
  afterEach(async () => {
    stop.abort(new Error('the test is over'));
    await watching.catch(() => undefined);
    await client.close();
    await proxy.close();
  });

  const put = (name: string, value = '1'): Promise<KubernetesObject> =>
    admin.apply({ ...CONFIG_MAP, metadata: { name, namespace: ns }, data: { value } });
  const seen = (name: string) => events.some(({ object }) => object.metadata.name === name);

  test('that is cut without a word is noticed and resumed, and nothing that happened meanwhile is missed', async () => {
    // By now the list is over: this one comes over the watch.
    await put('live');
    await until(() => seen('live'));
    proxy.freeze();
    await put('second');
    await until(() => seen('second'));
    expect(events.filter(({ object }) => object.metadata.name === 'first')).toHaveLength(1);
  });

  test('whose past the server has forgotten tells the difference', async () => {
    proxy.shut();
    await put('second');
    await admin.delete({ ...CONFIG_MAP, name: 'first', namespace: ns });
    await compact();
    // The API server's own memory of events goes with its process.
    await killServer(dir, 'kube-apiserver');
    await startServer(dir, 'kube-apiserver');
    proxy.admit();
    await until(() => seen('second') && events.some(({ type }) => type === 'DELETED'));
    const told = events.filter(({ object }) => object.metadata.name !== 'kube-root-ca.crt');
    expect(told.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      'ADDED first',
      'ADDED second',
      'DELETED first',
    ]);
  });

  /** Makes the store forget all but its present state. */
  async function compact(): Promise<void> {
    const base = `http://127.0.0.1:${labServer(dir, 'etcd').ports['client']!}/v3/kv`;
    const ask = async (path: string, body: object): Promise<{ header?: { revision: string } }> => {
      const answer = await request(`${base}/${path}`, { method: 'POST', body: JSON.stringify(body) });
      return (await answer.body.json()) as { header?: { revision: string } };
    };
    const { header } = await ask('range', { key: Buffer.from('x').toString('base64') });
    await ask('compaction', { revision: header!.revision, physical: true });
  }
});

describe('under a squeezed level of priority and fairness, with a neighbour that uses it up', () => {
  test('an apply of 200 objects fails nowhere and is complete', async () => {
    await admin.apply(namespace(ns));
    await admin.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'runner', namespace: ns } });
    const RBAC = 'rbac.authorization.k8s.io';
    await admin.apply({
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: ns },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'runner', namespace: ns }],
    });
    const FLOW = 'flowcontrol.apiserver.k8s.io/v1';
    await admin.apply({
      apiVersion: FLOW,
      kind: 'PriorityLevelConfiguration',
      metadata: { name: ns },
      spec: {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares: 1,
          lendablePercent: 0,
          borrowingLimitPercent: 0,
          limitResponse: { type: 'Reject' },
        },
      },
    });
    const rules = [
      {
        subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: 'runner', namespace: ns } }],
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      },
    ];
    await admin.apply({
      apiVersion: FLOW,
      kind: 'FlowSchema',
      metadata: { name: ns },
      spec: { matchingPrecedence: 100, priorityLevelConfiguration: { name: ns }, rules },
    });
    const stranger = await Stranger.open(kubeconfig);
    const { status } = await stranger.create(`/api/v1/namespaces/${ns}/serviceaccounts/runner/token`, { spec: {} });
    await stranger.close();
    const ours = kubeconfigOf((status as { token: string }).token, kubeconfig);
    const [client, neighbour] = [
      await openKubernetes({ kubeconfig: ours }),
      await openKubernetes({ kubeconfig: ours }),
    ];
    const stop = new AbortController();
    // It comes back when it is told to, as every client of Kubernetes does. The server tells all of a level to stay away the longer the more
    // it has to refuse: one that knocks all the while keeps the others out for good, once a busy machine is slow to answer.
    const disturb = async (): Promise<void> => {
      while (!stop.signal.aborted)
        await neighbour.list({ apiVersion: 'v1', kind: 'Event' }, { signal: stop.signal }).catch((error: unknown) => {
          const gaveUp = error instanceof WindlassFailure && error.type === 'Throttled';
          if (!gaveUp && !stop.signal.aborted) throw error;
        });
    };
    const disturbing = Array.from({ length: 8 }, disturb);
    try {
      // Priorities are in force some moments after they were written.
      const before = await until(() => refusedIn(dir, ns));
      const { changes } = await kubernetesApplyEngine(client).apply(specOf(ns), contextOf(maps(200)));
      expect(changes.every(({ action }) => action === 'create')).toBe(true);
      expect(await refusedIn(dir, ns)).toBeGreaterThan(before);
    } finally {
      stop.abort();
      await Promise.all(disturbing);
      await Promise.all([client.close(), neighbour.close()]);
      await admin.delete({ apiVersion: FLOW, kind: 'FlowSchema', name: ns });
      await admin.delete({ apiVersion: FLOW, kind: 'PriorityLevelConfiguration', name: ns });
      await admin.delete({ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', name: ns });
    }
    expect(await storedMaps()).toEqual(declaredMaps(200));
  });
});
