import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { Json } from '../../src/domain/json.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { GRACES } from '../../src/kubernetes/wait/suspicion.ts';
import { contextOf, deployment, freshName, namespace, namespaceRef, specOf } from '../kubernetes/cluster.ts';
import { told } from '../support/told.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let ns: string;

beforeAll(async () => {
  client = await openLabCluster();
});
afterAll(() => client.close());
beforeEach(() => {
  ns = freshName('wait');
});
afterEach(async () => {
  await client.delete(namespaceRef(ns));
});

/** With little patience, so that the tests need little too. */
const engine = () =>
  kubernetesApplyEngine(client, {
    graces: {
      ...GRACES,
      imageMs: 500,
      crashMs: 500,
      unschedulableMs: 500,
      volumeMs: 500,
      admissionMs: 500,
      probeMs: 500,
      configMs: 500,
    },
  });
const set = (...objects: object[]) => [namespace(ns), ...objects];
const acting = (scenario: string) => ({ 'windlass.dev/scenario': scenario });

async function failureOf(work: Promise<unknown>): Promise<WindlassFailure> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof WindlassFailure)) throw new Error(`no failure was thrown, but ${String(error)}`);
  return error;
}

describe('waiting on a cluster', () => {
  test('ends when the last replica of the last workload is ready', async () => {
    const progress: Json[] = [];
    const slow = deployment('slow', 1, { 'windlass.dev/ready-after': '2s' });
    const context = contextOf(set(deployment('quick', 3), slow), { progress: (state) => progress.push(state) });
    const { findings } = await engine().apply(specOf(ns), context);
    expect(told(findings.slice(1))).toMatchObject([
      { subject: `Deployment ${ns}/quick`, claim: 'ready: 3 of 3 replicas available', how: 'simulated', holds: true },
      { subject: `Deployment ${ns}/slow`, source: `/apis/apps/v1/namespaces/${ns}/deployments/slow`, holds: true },
    ]);
    expect(progress).toContainEqual(expect.objectContaining({ ready: 2, waitingFor: [`Deployment ${ns}/slow`] }));
  });

  test('covers StatefulSets in order, Jobs to their end and claims until bound', async () => {
    const labels = { app: 'ordered' };
    const containers = [{ name: 'main', image: 'db:1' }];
    const ordered = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'ordered' },
      spec: {
        replicas: 3,
        serviceName: 'ordered',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: {
              accessModes: ['ReadWriteOnce'],
              storageClassName: 'standard',
              resources: { requests: { storage: '1Gi' } },
            },
          },
        ],
      },
    };
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once' },
      spec: { template: { spec: { restartPolicy: 'Never', containers } } },
    };
    const { findings } = await engine().apply(specOf(ns), contextOf(set(ordered, job)));
    expect(told(findings.slice(1))).toMatchObject([
      { subject: `StatefulSet ${ns}/ordered`, claim: 'ready: 3 of 3 replicas ready', how: 'simulated' },
      { subject: `Job ${ns}/once`, claim: 'ready: complete, 1 pods succeeded' },
    ]);
    const again = await engine().plan(specOf(ns), contextOf(set(ordered, job)));
    expect(again.map(({ action }) => action)).toEqual(['unchanged', 'unchanged', 'unchanged']);
  });

  test('an image that cannot be pulled fails it long before its time is up, and is named', async () => {
    const failure = await failureOf(
      engine().apply(
        specOf(ns, { readyWithin: '1h' }),
        contextOf(set(deployment('web', 1, acting('image-pull-failure')))),
      ),
    );
    expect(failure.summary()).toMatchObject({
      type: 'Stalled',
      retryable: false,
      object: `Deployment ${ns}/web`,
      facts: { container: 'main', pod: expect.stringMatching(/^web-/), applied: 2 },
    });
    expect(failure.message).toMatch(/pod web-\S+, container main: (ErrImagePull|ImagePullBackOff)/);
  });

  test('so does a container that crashes again and again', async () => {
    const failure = await failureOf(
      engine().apply(specOf(ns, { readyWithin: '1h' }), contextOf(set(deployment('web', 1, acting('crash-loop'))))),
    );
    expect(failure.summary()).toMatchObject({
      type: 'Stalled',
      facts: { container: 'main', reason: 'CrashLoopBackOff' },
    });
    expect(failure.message).toContain('exit code 1');
  });

  test('and a pod that no node has room for', async () => {
    const large = deployment('large', 1);
    Object.assign(large.spec.template.spec.containers[0]!, { resources: { requests: { cpu: '4000' } } });
    const failure = await failureOf(engine().apply(specOf(ns, { readyWithin: '1h' }), contextOf(set(large))));
    expect(failure.summary()).toMatchObject({ type: 'Stalled', facts: { reason: 'Unschedulable' } });
    expect(failure.message).toContain('Insufficient cpu');
  });

  test('a pod that is merely never ready takes all the time there is, and the reason is told', async () => {
    const failure = await failureOf(
      kubernetesApplyEngine(client).apply(
        specOf(ns, { readyWithin: '4s' }),
        contextOf(set(deployment('web', 1, acting('never-ready')))),
      ),
    );
    expect(failure.summary()).toMatchObject({
      type: 'NotReadyInTime',
      facts: { notReady: [{ object: `Deployment ${ns}/web`, reason: '0 of 1 replicas available' }], applied: 2 },
    });
  });

  test('a repaired revision is not blamed for the pods of the broken one', async () => {
    const broken = deployment('web', 1, acting('image-pull-failure'));
    await failureOf(engine().apply(specOf(ns), contextOf(set(broken))));
    const repaired = deployment('web', 1, { 'windlass.dev/ready-after': '3s' });
    const { findings } = await engine().apply(specOf(ns), contextOf(set(repaired)));
    expect(told(findings)[1]).toMatchObject({ subject: `Deployment ${ns}/web`, holds: true });
  });

  test('is cancelled at once', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled by an operator');
    const progress = (state: Json): void => {
      if ((state as { stage: string }).stage === 'wait')
        setTimeout(() => {
          stop.abort(reason);
        }, 300);
    };
    const context = contextOf(set(deployment('web', 1, acting('never-ready'))), { signal: stop.signal, progress });
    await expect(engine().apply(specOf(ns, { readyWithin: '1h' }), context)).rejects.toBe(reason);
  });

  test('what keeps pods from being made is named: quota, service account, volume, probe', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none' },
      spec: { hard: { pods: '0' } },
    };
    const homeless = deployment('homeless', 1);
    Object.assign(homeless.spec.template.spec, { serviceAccountName: 'nobody' });
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: freshName('no-such-class'),
        resources: { requests: { storage: '1Gi' } },
      },
    };
    const scenarios: readonly [string, object[]][] = [
      ['QuotaExceeded', [quota, statefulSet('tight')]],
      ['ServiceAccountMissing', [homeless]],
      ['ProvisioningFailed', [claim]],
      ['ProbeFailing', [deployment('slow', 1, acting('never-ready'))]],
    ];
    const reasons = await Promise.all(
      scenarios.map(async ([reason, objects], index) => {
        const own = `${ns}-${String(index)}`;
        try {
          const context = contextOf([namespace(own), ...objects]);
          const failure = await failureOf(engine().apply(specOf(own, { readyWithin: '1h' }), context));
          expect(failure.type).toBe('Stalled');
          return [reason, failure.options.facts?.reason];
        } finally {
          await client.delete(namespaceRef(own));
        }
      }),
    );
    expect(reasons).toEqual(scenarios.map(([reason]) => [reason, reason]));
  });

  test('a claim that waits for its first consumer is not waited for; the step goes on', async () => {
    const lazy = freshName('lazy');
    const storageClass = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: lazy },
      provisioner: 'lab.windlass.dev/nobody',
      volumeBindingMode: 'WaitForFirstConsumer',
    };
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: lazy,
        resources: { requests: { storage: '1Gi' } },
      },
    };
    try {
      const { changes } = await engine().apply(specOf(ns), contextOf(set(storageClass, claim)));
      expect(changes.map(({ action }) => action)).toEqual(['create', 'create', 'create']);
    } finally {
      await client.delete({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: lazy });
    }
  });

  test('a rule of the rollout decides where it speaks, and objects must stay ready where that is asked', async () => {
    const spec = specOf(ns, {
      stableFor: '500ms',
      readiness: [{ apiVersion: 'v1', kind: 'ConfigMap', ready: 'self.data.state == "open"', message: 'still closed' }],
    });
    const settings = (state: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { state },
    });
    const closed = await failureOf(
      engine().apply({ ...spec, readyWithin: '1s' }, contextOf(set(settings('closed'), deployment('web', 1)))),
    );
    expect(closed.summary()).toMatchObject({
      type: 'NotReadyInTime',
      facts: { notReady: expect.arrayContaining([expect.objectContaining({ reason: 'still closed' })]) },
    });
    const { findings } = await engine().apply(spec, contextOf(set(settings('open'), deployment('web', 1))));
    expect(told(findings).map(({ claim }) => claim)).toContain('ready: ready, by its own rule');
  });

  test('an object that somebody deletes meanwhile is not waited for until time is up', async () => {
    let deletion: Promise<boolean> | undefined;
    const progress = (state: Json): void => {
      if ((state as { waitingFor?: string[] }).waitingFor?.length !== 1) return;
      deletion ??= client.delete({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: ns });
    };
    const failure = await failureOf(
      kubernetesApplyEngine(client, { graces: { ...GRACES, deletedMs: 500 } }).apply(
        specOf(ns, { readyWithin: '1h' }),
        contextOf(set(deployment('web', 1, acting('never-ready'))), { progress }),
      ),
    );
    expect(await deletion).toBe(true);
    expect(failure.summary()).toMatchObject({ type: 'Stalled', facts: { reason: 'Deleted' } });
  });
});

function statefulSet(name: string): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      replicas: 1,
      serviceName: name,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'db:1' }] } },
    },
  };
}
