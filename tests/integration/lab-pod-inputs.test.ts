import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Agent } from 'undici';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { read, readList, readNumber, readText } from '../../src/domain/json-fields.ts';
import { accepted, ClusterApi } from '../../src/lab/cluster-api.ts';
import { labPaths } from '../../src/lab/directory.ts';
import { labServer } from '../../src/lab/index.ts';
import { DAMAGED, INPUTS_FOUND, PLACEHOLDER } from '../../src/lab/pod-inputs/mark.ts';
import { adminAgent } from '../../src/lab/probe.ts';
import { SCENARIO } from '../../src/lab/stages/pods.ts';
import { until } from '../support/poll.ts';
import { freshName } from '../support/settings.ts';

const dir = process.env['WINDLASS_LAB_DIR']!;
const namespace = freshName();
let agent: Agent;
let api: ClusterApi;

beforeAll(async () => {
  agent = adminAgent(labPaths(dir));
  api = new ClusterApi(`https://127.0.0.1:${String(labServer(dir, 'kube-apiserver').ports['https'])}`, agent);
  accepted(
    await api.send('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: namespace } } }),
    namespace,
  );
});

afterAll(async () => {
  await api.send(`/api/v1/namespaces/${namespace}`, { method: 'DELETE' });
  await agent.close();
});

const at = (resource: string, name = '') =>
  `/api/v1/namespaces/${namespace}/${resource}${name === '' ? '' : `/${name}`}`;

async function make(resource: string, name: string, body: JsonObject, annotations: JsonObject = {}): Promise<void> {
  accepted(await api.send(at(resource), { method: 'POST', body: { metadata: { name, annotations }, ...body } }), name);
}

async function patch(resource: string, name: string, body: JsonObject): Promise<void> {
  accepted(await api.send(at(resource, name), { method: 'PATCH', kind: 'merge-patch+json', body }), name);
}

function podThat(name: string, isAsWanted: (pod: Json) => boolean): Promise<Json> {
  return until(async () => {
    const pod = await api.get(at('pods', name));
    return pod !== null && isAsWanted(pod) ? pod : undefined;
  });
}

const container = (pod: Json) => readList(pod, 'status', 'containerStatuses')[0];
const conditionOf = (pod: Json, type: string) =>
  readList(pod, 'status', 'conditions').find((condition) => readText(condition, 'type') === type);
const isReady = (pod: Json) => readText(conditionOf(pod, 'Ready'), 'status') === 'True';
const waits = (reason: string) => (pod: Json) => readText(container(pod), 'state', 'waiting', 'reason') === reason;
const waitsBecause = (message: string) => (pod: Json) =>
  readText(container(pod), 'state', 'waiting', 'message') === message;

const podOf = (main: JsonObject, more: JsonObject = {}) => ({
  spec: {
    automountServiceAccountToken: false,
    containers: [{ name: 'main', image: 'example.test/main:1', ...main }],
    ...more,
  },
});
const fromSecret = (name: string, key: string) => ({
  env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name, key } } }],
});
const mounting = (volume: JsonObject) => podOf({}, { volumes: [{ name: 'given', ...volume }] });

async function eventsOf(name: string): Promise<readonly (string | undefined)[]> {
  const events = await api.get(`${at('events')}?fieldSelector=involvedObject.name=${name}`);
  return readList(events ?? undefined, 'items').map(
    (event) => `${readText(event, 'reason') ?? ''}: ${readText(event, 'message') ?? ''}`,
  );
}

describe('a pod does not start', () => {
  test('until the Secret for its environment is there with the key, as a kubelet tells it', async () => {
    await make('pods', 'login', podOf(fromSecret('login', 'password')));
    const pod = await podThat('login', waits('CreateContainerConfigError'));
    expect(read(pod, 'status', 'phase')).toBe('Pending');
    expect(waitsBecause('secret "login" not found')(pod)).toBe(true);
    expect(conditionOf(pod, 'Ready')).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
    await until(async () => (await eventsOf('login')).includes('Failed: Error: secret "login" not found'));

    await make('secrets', 'login', { stringData: { user: 'app' } });
    await podThat(
      'login',
      (seen) => readText(conditionOf(seen, INPUTS_FOUND), 'message')?.startsWith("couldn't find key password") === true,
    );
    await patch('secrets', 'login', { stringData: { password: 's3cret' } });
    const healed = await podThat('login', isReady);
    expect(container(healed)).toMatchObject({ ready: true, restartCount: 0, state: { running: expect.any(Object) } });
  });

  test('until the ConfigMap for its environment is there', async () => {
    await make('pods', 'settings', podOf({ envFrom: [{ configMapRef: { name: 'settings' } }] }));
    await podThat('settings', waitsBecause('configmap "settings" not found'));
    await make('configmaps', 'settings', { data: { level: 'info' } });
    await podThat('settings', isReady);
  });

  test('until what it mounts is there', async () => {
    await make('pods', 'mount', mounting({ configMap: { name: 'files' } }));
    await until(async () =>
      (await eventsOf('mount')).includes(
        'FailedMount: MountVolume.SetUp failed for volume "given" : configmap "files" not found',
      ),
    );
    await podThat('mount', waits('ContainerCreating'));
    await make('configmaps', 'files', { data: { 'a.conf': '' } });
    await podThat('mount', isReady);
  });

  test('while its image cannot be had', async () => {
    await make('pods', 'pull', podOf({ image: 'mirror.registry.invalid/main:1' }));
    const pod = await podThat('pull', waits('ImagePullBackOff'));
    expect(readText(container(pod), 'state', 'waiting', 'message')).toContain('mirror.registry.invalid/main:1');
  });

  test('nor is it scheduled until its claim is bound', async () => {
    const storageClassName = `${namespace}-absent`;
    const resources = { requests: { storage: '1Gi' } };
    await make('persistentvolumeclaims', 'unbound', {
      spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources },
    });
    await make('pods', 'claiming', mounting({ persistentVolumeClaim: { claimName: 'unbound' } }));
    const pod = await podThat(
      'claiming',
      (seen) => readText(conditionOf(seen, 'PodScheduled'), 'reason') === 'Unschedulable',
    );
    expect(read(pod, 'status', 'phase')).toBe('Pending');
    const storage = { metadata: { name: storageClassName }, provisioner: 'lab.windlass.dev/simulated' };
    accepted(
      await api.send('/apis/storage.k8s.io/v1/storageclasses', { method: 'POST', body: storage }),
      storageClassName,
    );
    await podThat('claiming', isReady);
    await api.send(`/apis/storage.k8s.io/v1/storageclasses/${storageClassName}`, { method: 'DELETE' });
  });
});

describe('a container crashes', () => {
  test('while a value that it is given is a placeholder, and no longer than that', async () => {
    await make('secrets', 'stale', { stringData: { password: PLACEHOLDER } });
    await make('pods', 'stale', podOf(fromSecret('stale', 'password')));
    const pod = await podThat('stale', waits('CrashLoopBackOff'));
    expect(read(pod, 'status', 'phase')).toBe('Running');
    expect(read(container(pod), 'lastState', 'terminated')).toMatchObject({
      exitCode: 1,
      reason: 'Error',
      message: 'PASSWORD: key password of Secret stale still holds CHANGE_ME',
    });
    await podThat('stale', (seen) => readNumber(container(seen), ['restartCount'], 0) > 1);

    await patch('secrets', 'stale', { stringData: { password: 's3cret' } });
    const healed = await podThat('stale', isReady);
    expect(readNumber(container(healed), ['restartCount'], 0)).toBeGreaterThan(1);
    expect(container(healed)).toMatchObject({ ready: true, state: { running: expect.any(Object) } });
  });

  test('while the data in its volume is damaged, and not with a fresh volume', async () => {
    const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
    await make('persistentvolumeclaims', 'data-db-0', claim, { [DAMAGED]: 'its log ends in the middle of an entry' });
    const mount = { persistentVolumeClaim: { claimName: 'data-db-0' } };
    await make('pods', 'db-0', mounting(mount));
    const pod = await podThat('db-0', waits('CrashLoopBackOff'));
    expect(readText(container(pod), 'lastState', 'terminated', 'message')).toContain('its log ends in the middle');

    for (const [resource, name] of [
      ['pods', 'db-0'],
      ['persistentvolumeclaims', 'data-db-0'],
    ] as const) {
      await api.send(at(resource, name), { method: 'DELETE' });
      await until(async () => (await api.get(at(resource, name))) === null);
    }
    await make('persistentvolumeclaims', 'data-db-0', claim);
    await make('pods', 'db-0', mounting(mount));
    await podThat('db-0', isReady);
  });

  test('for good where nothing starts it again, and so does its Job', async () => {
    await make('secrets', 'of-job', { stringData: { token: PLACEHOLDER } });
    const template = podOf(fromSecret('of-job', 'token'), { restartPolicy: 'Never' });
    const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
    const job = { metadata: { name: 'clean-up' }, spec: { backoffLimit: 0, template } };
    accepted(await api.send(jobs, { method: 'POST', body: job }), 'clean-up');
    await until(async () => {
      const seen = await api.get(`${jobs}/clean-up`);
      return readList(seen ?? undefined, 'status', 'conditions').some((one) => readText(one, 'type') === 'Failed');
    });
  });

  test('for good in the scenario of the same name too', async () => {
    await make('pods', 'once', podOf({}, { restartPolicy: 'Never' }), { [SCENARIO]: 'crash-loop' });
    const pod = await podThat('once', (seen) => readText(seen, 'status', 'phase') === 'Failed');
    expect(read(container(pod), 'state', 'terminated')).toMatchObject({ exitCode: 1, reason: 'Error' });
  });
});

describe('a pod comes up', () => {
  test('with all that it is given, made just before it', async () => {
    await make('secrets', 'whole', { stringData: { password: 's3cret' } });
    await make('configmaps', 'whole', { data: { level: 'info' } });
    await make(
      'pods',
      'whole',
      podOf(fromSecret('whole', 'password'), { volumes: [{ name: 'given', configMap: { name: 'whole' } }] }),
    );
    const pod = await podThat('whole', isReady);
    expect(conditionOf(pod, INPUTS_FOUND)).toMatchObject({ status: 'True' });
    expect(await eventsOf('whole')).not.toContainEqual(expect.stringContaining('not found'));
  });

  test('without a mark where it is given nothing, its token aside', async () => {
    await make('pods', 'plain', { spec: { containers: [{ name: 'main', image: 'example.test/main:1' }] } });
    expect(conditionOf(await podThat('plain', isReady), INPUTS_FOUND)).toBeUndefined();
  });
});
