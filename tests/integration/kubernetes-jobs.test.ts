import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { readObject } from '../../src/domain/json-fields.ts';
import { kubernetesRecreate } from '../../src/domain/kinds/kubernetes-recreate.ts';
import { kubernetesRecreateEngine } from '../../src/kubernetes/recreate/recreate-engine.ts';
import { kubernetesPrune } from '../../src/domain/kinds/kubernetes-prune.ts';
import { kubernetesPruneEngine } from '../../src/kubernetes/prune/prune-engine.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { configMap, deployment, freshName, namespace, namespaceRef, specOf } from '../kubernetes/cluster.ts';
import { OwnRollout } from '../kubernetes/own-rollout.ts';
import { until } from '../support/poll.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let rollout: OwnRollout;
let ns: string;

beforeAll(async () => {
  client = await openLabCluster();
});
afterAll(async () => {
  await client.close();
});
beforeEach(() => {
  ns = freshName('jobs');
  rollout = new OwnRollout();
});
afterEach(async () => {
  await rollout.cleanUp(client);
  await client.delete(namespaceRef(ns));
});

/** A Job that is gone as soon as it has ended. */
const job = (image = 'seed:1', spec: object = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'seed' },
  spec: {
    ttlSecondsAfterFinished: 0,
    ...spec,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] } },
  },
});
const set = (image?: string) => rollout.context([namespace(ns), job(image), configMap('beside')]);
const engine = () => kubernetesApplyEngine(client, { inventory: rollout.home });
const seed = async () => client.get({ apiVersion: 'batch/v1', kind: 'Job', name: 'seed', namespace: ns });
const gone = async (): Promise<void> => {
  await until(async () => (await seed()) === null);
};

/** What is written down of Jobs. */
interface Entry {
  readonly uid: string;
  readonly completed: string | null;
}
const remembered = async (): Promise<readonly Entry[]> => {
  const data = Object.values(readObject((await rollout.parent(client)) ?? undefined, 'data'));
  return data.flatMap((text) => (typeof text === 'string' ? [JSON.parse(text) as Entry] : []));
};

describe('a Job that its own time to live removes', () => {
  test('is done in the wait, in the verification, and in every later plan and run', async () => {
    const { findings } = await engine().apply(specOf(ns), set());
    expect(findings.map(({ holds }) => holds)).toEqual([true, true]);
    await gone();
    const verified = await engine().verify(specOf(ns), set());
    expect(verified.map(({ holds }) => holds)).toEqual([true, true]);
    expect(verified[1]).toMatchObject({
      observed: { reason: expect.stringContaining('its own time to live has removed it') as unknown },
    });
    const plan = await engine().plan(specOf(ns), set());
    expect(plan.map(({ action }) => action)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    expect(plan[1]?.detail?.[0]).toContain('its own time to live has removed it');
    const again = await engine().apply(specOf(ns), set());
    expect(again.findings.every(({ holds }) => holds)).toBe(true);
    expect(await seed()).toBeNull();
  });

  test('runs again when its declaration is another', async () => {
    await engine().apply(specOf(ns), set());
    await gone();
    expect((await engine().plan(specOf(ns), set('seed:2')))[1]?.action).toBe('create');
    const { changes } = await engine().apply(specOf(ns), set('seed:2'));
    expect(changes[1]?.action).toBe('create');
    await gone();
    expect((await engine().plan(specOf(ns), set('seed:2')))[1]?.action).toBe('unchanged');
  });

  test('is as declared for the verification of a step that does not wait', async () => {
    await engine().apply(specOf(ns, { wait: false }), set());
    await gone();
    const verified = await engine().verify(specOf(ns, { wait: false }), set());
    expect(verified.map(({ holds }) => holds)).toEqual([true]);
  });

  test('is remembered though another object of the step fails', async () => {
    const broken = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'broken' },
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: 3,
        template: {
          spec: { nodeSelector: { no: 'node' }, restartPolicy: 'Never', containers: [{ name: 'main', image: 'x:1' }] },
        },
      },
    };
    const both = rollout.context([namespace(ns), job(), broken]);
    await expect(engine().apply(specOf(ns), both)).rejects.toMatchObject({ type: 'Stalled' });
    await gone();
    expect((await engine().plan(specOf(ns), both))[1]?.action).toBe('unchanged');
  });

  test('is remembered though the API server refuses another object of the step', async () => {
    const refused = deployment('refused', 1);
    refused.spec.selector.matchLabels.app = 'another';
    const both = rollout.context([namespace(ns), job(), refused]);
    await expect(engine().apply(specOf(ns), both)).rejects.toMatchObject({ type: 'InvalidManifest' });
    await gone();
    expect((await engine().plan(specOf(ns), set()))[1]?.action).toBe('unchanged');
  });

  test('is written down with its time once its event alone has told of it', async () => {
    await engine().apply(specOf(ns, { wait: false }), set());
    await gone();
    const began = Date.now();
    await engine().apply(specOf(ns, { wait: false }), set());
    expect(await remembered()).toEqual([
      expect.objectContaining({ uid: expect.any(String) as unknown, completed: expect.any(String) as unknown }),
    ]);
    const [entry] = await remembered();
    // The event has seconds.
    expect(Date.parse(entry?.completed ?? '')).toBeLessThanOrEqual(began);
  });

  test('runs again in a namespace that was made anew', async () => {
    await engine().apply(specOf(ns), set());
    await gone();
    await client.delete(namespaceRef(ns));
    await until(async () => (await client.get(namespaceRef(ns))) === null);
    await client.create({ ...namespace(ns) });
    expect((await engine().plan(specOf(ns), set()))[1]?.action).toBe('create');
    await engine().apply(specOf(ns), set());
    await gone();
    expect((await engine().plan(specOf(ns), set()))[1]?.action).toBe('unchanged');
  });

  test('is the same Job for a declaration of which an empty value was left out', async () => {
    const lasting = rollout.context([namespace(ns), job('seed:1', { ttlSecondsAfterFinished: 600, selector: {} })]);
    await engine().apply(specOf(ns), lasting);
    await engine().apply(specOf(ns), lasting);
    await client.delete({ apiVersion: 'batch/v1', kind: 'Job', name: 'seed', namespace: ns });
    await gone();
    expect((await engine().plan(specOf(ns), lasting))[1]?.action).toBe('unchanged');
  });

  test('makes an inventory that was lost one of ours again', async () => {
    const lasting = (...more: object[]) =>
      rollout.context([namespace(ns), job('seed:1', { ttlSecondsAfterFinished: 600 }), ...more]);
    await engine().apply(specOf(ns), lasting());
    await client.delete(rollout.inventory.ref);
    await engine().apply(specOf(ns), lasting());
    const parent = await rollout.parent(client);
    expect(parent?.metadata.labels).toEqual({ 'applyset.kubernetes.io/id': rollout.inventory.id });
    expect(parent?.metadata.annotations).toMatchObject({
      'applyset.kubernetes.io/tooling': 'windlass/v1',
      'applyset.kubernetes.io/contains-group-kinds': 'Job.batch',
    });
    const { changes } = await engine().apply(specOf(ns), lasting(configMap('late')));
    expect(changes.map(({ action }) => action)).toEqual(['unchanged', 'unchanged', 'create']);
  });

  test('is written down by an attempt that is ended while it waits for something else', async () => {
    const stop = new AbortController();
    const never = deployment('never', 1);
    const spec = { ...never.spec.template.spec, nodeSelector: { no: 'node' } };
    const slow = { ...never, spec: { ...never.spec, template: { ...never.spec.template, spec } } };
    const attempt = { signal: stop.signal, fence: rollout.fence(1) };
    const work = engine().apply(specOf(ns), rollout.context([namespace(ns), job(), slow], attempt));
    const ended = expect(work).rejects.toThrow('the worker ends');
    await until(async () => (await remembered()).length > 0);
    await gone();
    stop.abort(new Error('the worker ends'));
    await ended;
    expect(await remembered()).toEqual([expect.objectContaining({ completed: expect.any(String) as unknown })]);
  });

  test('runs again when it is declared again after a prune', async () => {
    const prune = (declared: object[]) => {
      const declaredBy = [{ manifests: ['set.yaml'], namespace: ns }];
      const spec = kubernetesPrune.parse({});
      return kubernetesPruneEngine(client, { inventory: rollout.home, declaredBy }).apply(
        spec,
        rollout.context(declared),
      );
    };
    const all = [namespace(ns), job(), configMap('beside')];
    await engine().apply(specOf(ns), set());
    await gone();
    await prune(all);
    expect((await engine().plan(specOf(ns), set()))[1]?.action).toBe('unchanged');
    await prune([namespace(ns), configMap('beside')]);
    expect((await engine().plan(specOf(ns), set()))[1]?.action).toBe('create');
  });

  test('is rerun once per token', async () => {
    const recreate = kubernetesRecreateEngine(client, { inventory: rollout.home });
    const rerun = (token: string) =>
      kubernetesRecreate.parse({
        playbook: 'rerun',
        manifests: ['set.yaml'],
        namespace: ns,
        token,
      });
    const actions = async (token: string) => (await recreate.plan(rerun(token), set())).map(({ action }) => action);
    await engine().apply(specOf(ns), set());
    await gone();
    for (const token of ['one', 'two']) {
      expect(await actions(token)).toEqual(['create']);
      const { findings } = await recreate.apply(rerun(token), set());
      expect(findings.map(({ holds }) => holds)).toEqual([true, true]);
      await gone();
      const before = await remembered();
      expect(await actions(token)).toEqual(['unchanged']);
      const verified = await recreate.verify(rerun(token), set());
      expect(verified.map(({ holds }) => holds)).toEqual([true, true]);
      const again = await recreate.apply(rerun(token), set());
      expect(again.findings.map(({ holds }) => holds)).toEqual([true, true]);
      expect(await remembered()).toEqual(before);
    }
    expect((await engine().plan(specOf(ns), set()))[1]?.action).toBe('unchanged');
  });
});
