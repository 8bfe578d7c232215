import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { configMap, freshName, labKubeconfig, namespace, namespaceRef, specOf } from '../kubernetes/cluster.ts';
import { OwnRollout } from '../kubernetes/own-rollout.ts';
import { until } from '../support/poll.ts';

let client: KubernetesClient;
let rollout: OwnRollout;
let ns: string;

beforeAll(async () => {
  client = await openKubernetes({ kubeconfig: labKubeconfig() });
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
const job = (image = 'seed:1') => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'seed' },
  spec: {
    ttlSecondsAfterFinished: 0,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] } },
  },
});
const set = (image?: string) => rollout.context([namespace(ns), job(image), configMap('beside')]);
const engine = () => kubernetesApplyEngine(client, { inventory: rollout.home });
const seed = async () => client.get({ apiVersion: 'batch/v1', kind: 'Job', name: 'seed', namespace: ns });
const gone = async (): Promise<void> => {
  await until(async () => (await seed()) === null);
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
});
