import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import type { Agent } from 'undici';
import { labPaths } from '../../src/lab/directory.ts';
import { labServer, SCENARIOS } from '../../src/lab/index.ts';
import { adminAgent } from '../../src/lab/probe.ts';
import { READY_AFTER, SCENARIO } from '../../src/lab/stages/pods.ts';
import { until } from '../support/poll.ts';
import { freshName } from '../support/settings.ts';

const dir = process.env['WINDLASS_LAB_DIR']!;
const namespace = freshName();
let agent: Agent;
let address: string;

beforeAll(async () => {
  agent = adminAgent(labPaths(dir));
  address = `https://127.0.0.1:${labServer(dir, 'kube-apiserver').ports['https']!}`;
  await send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
});

afterAll(async () => {
  await send('DELETE', `/api/v1/namespaces/${namespace}`);
  await agent.close();
});

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}
interface Pod {
  metadata: { name: string; uid: string };
  status: {
    phase: string;
    podIP?: string;
    conditions?: Condition[];
    containerStatuses?: {
      ready: boolean;
      restartCount: number;
      state: { waiting?: { reason: string; message?: string }; running?: object; terminated?: { exitCode: number } };
      lastState: { terminated?: { exitCode: number; reason: string } };
    }[];
  };
}

async function send<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
  const answer = await request(`${address}${path}`, {
    dispatcher: agent,
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  return JSON.parse(text) as T;
}

const pods = `/api/v1/namespaces/${namespace}/pods`;
const template = { spec: { containers: [{ name: 'main', image: 'example.test/main:1' }] } };

async function makePod(name: string, annotations: Record<string, string> = {}): Promise<void> {
  await send('POST', pods, { metadata: { name, annotations }, ...template });
}

/** The pod, as soon as it is as wanted. */
function podThat(name: string, isAsWanted: (pod: Pod) => boolean): Promise<Pod> {
  return until(async () => {
    const pod = await send<Pod>('GET', `${pods}/${name}`);
    return isAsWanted(pod) ? pod : undefined;
  });
}

const ready = (pod: Pod) => pod.status.conditions?.find(({ type }) => type === 'Ready');
const container = (pod: Pod) => pod.status.containerStatuses?.[0];
const waitsFor = (reason: string) => (pod: Pod) => container(pod)?.state.waiting?.reason === reason;

const NOT_READY = { status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [main]' };

describe('a pod on a simulated node', () => {
  test('becomes ready, with an address and without the reason that it was not', async () => {
    await makePod('sound');
    const pod = await podThat('sound', (seen) => ready(seen)?.status === 'True');
    expect(pod.status.phase).toBe('Running');
    expect(pod.status.podIP).toMatch(/^10\.244\./);
    expect(ready(pod)).not.toHaveProperty('reason', expect.any(String));
    expect(container(pod)).toMatchObject({ ready: true, restartCount: 0, state: { running: expect.any(Object) } });
  });

  test('waits as long as its annotation says', async () => {
    await makePod('slow', { [READY_AFTER]: '1h' });
    await makePod('quick', { [READY_AFTER]: '1ms' });
    await podThat('quick', (seen) => ready(seen)?.status === 'True');
    const slow = await podThat('slow', waitsFor('ContainerCreating'));
    expect(slow.status.phase).toBe('Pending');
    expect(ready(slow)).toMatchObject(NOT_READY);
  });

  test('goes away when it is deleted', async () => {
    await makePod('leaving');
    await podThat('leaving', (seen) => ready(seen)?.status === 'True');
    await send('DELETE', `${pods}/leaving`);
    await until(
      async () =>
        !(await send<{ items: Pod[] }>('GET', pods)).items.some(({ metadata }) => metadata.name === 'leaving'),
    );
  });

  test('of a Job completes, and so does the Job', async () => {
    const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
    const spec = { template: { spec: { ...template.spec, restartPolicy: 'Never' } } };
    await send('POST', jobs, { metadata: { name: 'work' }, spec });
    const done = await until(async () => {
      const job = await send<{ status: { succeeded?: number; conditions?: Condition[] } }>('GET', `${jobs}/work`);
      return job.status.conditions?.find(({ type, status }) => type === 'Complete' && status === 'True') && job;
    });
    expect(done.status.succeeded).toBe(1);
  });
});

describe('the scenario', () => {
  test('image-pull-failure ends in a back-off with the pod pending', async () => {
    await makePod('pull', { [SCENARIO]: 'image-pull-failure' });
    const pod = await podThat('pull', waitsFor('ImagePullBackOff'));
    expect(pod.status.phase).toBe('Pending');
    expect(ready(pod)).toMatchObject(NOT_READY);
    expect(container(pod)).toMatchObject({ ready: false, restartCount: 0 });
    expect(container(pod)!.state.waiting!.message).toMatch(
      /^Back-off pulling image "example.test\/main:1": ErrImagePull: /,
    );
  });

  test('crash-loop restarts the container over and over', async () => {
    await makePod('crash', { [SCENARIO]: 'crash-loop' });
    const first = await podThat('crash', waitsFor('CrashLoopBackOff'));
    expect(first.status.phase).toBe('Running');
    expect(ready(first)).toMatchObject(NOT_READY);
    expect(container(first)!.lastState.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
    expect(container(first)!.state.waiting!.message).toContain(
      `restarting failed container=main pod=crash_${namespace}(${first.metadata.uid})`,
    );
    await podThat('crash', (seen) => container(seen)!.restartCount > container(first)!.restartCount);
  });

  test('out-of-memory does so by the kernel, as a real kubelet tells it', async () => {
    await makePod('hungry', { [SCENARIO]: 'out-of-memory' });
    const pod = await podThat('hungry', waitsFor('CrashLoopBackOff'));
    expect(container(pod)).toMatchObject({ ready: false, restartCount: 1 });
    expect(container(pod)!.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  test('never-ready runs without ever becoming ready', async () => {
    await makePod('unready', { [SCENARIO]: 'never-ready', [READY_AFTER]: '1ms' });
    const pod = await podThat('unready', (seen) => container(seen)?.state.running !== undefined);
    expect(pod.status.phase).toBe('Running');
    expect(ready(pod)).toMatchObject(NOT_READY);
    expect(container(pod)).toMatchObject({ ready: false, restartCount: 0 });
  });

  test('names are all of those above', () => {
    expect(SCENARIOS).toEqual(['image-pull-failure', 'crash-loop', 'out-of-memory', 'never-ready']);
  });
});

describe('a volume claim', () => {
  interface Claim {
    spec: { volumeName?: string };
    status: { phase: string; capacity?: { storage: string } };
  }

  test('is bound to a volume of the default class, which goes away with it', async () => {
    const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } };
    await send('POST', claims, { metadata: { name: 'data' }, spec });
    const bound = await until(async () => {
      const claim = await send<Claim>('GET', `${claims}/data`);
      return claim.status.phase === 'Bound' ? claim : undefined;
    });
    expect(bound.status.capacity).toEqual({ storage: '2Gi' });
    const volumes = '/api/v1/persistentvolumes';
    const volume = await send<{ spec: object }>('GET', `${volumes}/${bound.spec.volumeName!}`);
    expect(volume.spec).toMatchObject({ storageClassName: 'standard', claimRef: { namespace, name: 'data' } });
    await send('DELETE', `${claims}/data`);
    const names = async () => {
      const list = await send<{ items: { metadata: { name: string } }[] }>('GET', volumes);
      return list.items.map(({ metadata }) => metadata.name);
    };
    await until(async () => !(await names()).includes(bound.spec.volumeName!));
  });
});
