import { expect, test } from '@jest/globals';
import { probe } from '../../src/domain/kinds/probe.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesProbeEngine, type KubernetesProbeSpec } from '../../src/kubernetes/probe.ts';

/** A cluster of one pod that runs, on a simulated node or not. */
function cluster(isSimulated: boolean): KubernetesClient {
  const pod: KubernetesObject = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', namespace: 'shop' }, spec: { nodeName: 'one' } },
    status: { phase: 'Running' },
  };
  const annotations = isSimulated ? { 'kwok.x-k8s.io/node': 'fake' } : {};
  return {
    address: 'cluster:6443',
    list: () => Promise.resolve([pod]),
    get: () => Promise.resolve(pod),
    readJson: () => Promise.resolve({ items: [{ metadata: { name: 'one', annotations } }] }),
  } as unknown as KubernetesClient;
}

test.each([
  ['a count', { count: "self.status.phase == 'Running'", equals: 1 }],
  ['an expression over one object', { name: 'web-0', namespace: 'shop', holds: "self.status.phase == 'Running'" }],
  ['an expression over all objects', { holds: "self.all(pod, pod.status.phase == 'Running')" }],
])('what %s finds of pods is simulated where their node is', async (_, asked) => {
  const spec = probe.parse({ protocol: 'kubernetes', kind: 'Pod', ...asked }) as KubernetesProbeSpec;
  const how = async (isSimulated: boolean) => {
    const context = { signal: new AbortController().signal, progress: () => undefined, owner: { step: 'it' } };
    const [found] = await kubernetesProbeEngine(cluster(isSimulated)).verify(spec, context as never);
    return found?.how;
  };
  expect(await how(true)).toBe('simulated');
  expect(await how(false)).toBe('real');
});
