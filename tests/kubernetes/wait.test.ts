import { describe, expect, jest, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { GRACES } from '../../src/kubernetes/wait/suspicion.ts';
import type { WaitProgress } from '../../src/kubernetes/wait/standing.ts';
import { isUnanswered } from '../../src/kubernetes/wait/unanswered.ts';
import { waitUntilReady, type WaitOptions } from '../../src/kubernetes/wait/wait.ts';
import { until } from '../support/poll.ts';
import { deployment, pod, replicaSet } from './objects.ts';
import { ScriptedApi } from './scripted-api.ts';

const AT_ONCE = { ...GRACES, imageMs: 0, crashMs: 0, configMs: 0, unschedulableMs: 0, deletedMs: 0 };

function options(more: Partial<WaitOptions> = {}): WaitOptions {
  return { withinMs: 60_000, signal: new AbortController().signal, progress: () => undefined, ...more };
}

async function failureOf(wait: Promise<unknown>): Promise<WindlassFailure> {
  const error: unknown = await wait.catch((thrown: unknown) => thrown);
  if (!(error instanceof WindlassFailure)) throw new Error(`no failure was thrown, but ${String(error)}`);
  return error;
}

describe('waiting until objects are ready', () => {
  test('asks nothing when all are ready already', async () => {
    const api = new ScriptedApi();
    const latest = await waitUntilReady([deployment('a', 1, 1), configMap('b')], api, options());
    expect(api.watched).toEqual([]);
    expect(latest.size).toBe(2);
  });

  test('believes no status that may be about what an object was before: it looks a while longer', async () => {
    const api = new ScriptedApi();
    const tenant = (state: string, more: object = {}): KubernetesObject => ({
      apiVersion: 'minio.min.io/v2',
      kind: 'Tenant',
      metadata: { name: 'store', namespace: 'data', generation: 2, ...more },
      status: { currentState: state },
    });
    const time = new Date().toISOString();
    const changed = (said: string) =>
      tenant('Initialized', {
        managedFields: [
          { manager: 'windlass', operation: 'Apply', time },
          { manager: 'operator', operation: 'Update', subresource: 'status', time: said },
        ],
      });
    expect(isUnanswered(changed('2026-01-01T00:00:00Z'))).toBe(true);
    expect(isUnanswered(changed('2126-01-01T00:00:00Z'))).toBe(false);
    expect(isUnanswered(tenant('Initialized'))).toBe(false);
    expect(isUnanswered({ ...changed('2026-01-01T00:00:00Z'), status: { observedGeneration: 2 } })).toBe(false);
    expect(isUnanswered({ ...deployment('a', 1, 1), metadata: changed('2026-01-01T00:00:00Z').metadata })).toBe(false);
    const wait = waitUntilReady([changed('2026-01-01T00:00:00Z')], api, options());
    await settled();
    expect(api.watched).toEqual(['Tenant data/store']);
    api.tell('MODIFIED', tenant('Updating MinIO Version'));
    api.tell('MODIFIED', tenant('Initialized'));
    expect((await wait).size).toBe(1);
  });

  test('opens one watch per kind, only for what is not ready', async () => {
    const api = new ScriptedApi();
    const objects = [
      deployment('a', 0, 1),
      deployment('b', 0, 1),
      deployment('c', 1, 1),
      configMap('d'),
      namespace('n'),
    ];
    const waiting = waitUntilReady(objects, api, options());
    await settled();
    expect(api.watched.sort()).toEqual(['Deployment data', 'Namespace /n']);
    api.tell('MODIFIED', deployment('a', 1, 1));
    api.tell('MODIFIED', namespace('n', 'Active'));
    api.tell('MODIFIED', deployment('b', 1, 1));
    const latest = await waiting;
    expect(latest.size).toBe(5);
  });

  test('opens one watch per kind however many objects and namespaces there are, and keeps only what judging needs', async () => {
    const api = new ScriptedApi();
    const bulk = { template: { spec: {} } };
    const objects = Array.from({ length: 10_000 }, (_, index) => {
      const object = deployment(`d${String(index)}`, 0, 1);
      return {
        ...object,
        metadata: { ...object.metadata, namespace: `n${String(index % 40)}`, managedFields: [{ manager: 'windlass' }] },
        spec: { replicas: 1, ...bulk },
      };
    });
    const waiting = waitUntilReady(objects, api, options());
    await settled();
    expect(api.watched).toEqual(['Deployment ']);
    for (const object of objects) api.tell('MODIFIED', { ...object, status: deployment('any', 1, 1).status ?? null });
    const latest = await waiting;
    expect(latest.size).toBe(10_000);
    expect(JSON.stringify([...latest.values()])).not.toMatch(/managedFields|template/);
  });

  test('watches each namespace where the whole cluster may not be watched', async () => {
    const api = new ScriptedApi();
    const elsewhere = (available: number): KubernetesObject => {
      const object = deployment('b', available, 1);
      return { ...object, metadata: { ...object.metadata, namespace: 'other' } };
    };
    api.deny('Deployment ');
    const waiting = waitUntilReady([deployment('a', 0, 1), elsewhere(0)], api, options());
    await settled();
    expect(api.watched).toEqual(['Deployment ', 'Deployment data', 'Deployment other']);
    api.tell('MODIFIED', deployment('a', 1, 1));
    api.tell('MODIFIED', elsewhere(1));
    await waiting;
  });

  test('returns at the event that makes the last object ready, without any timer', async () => {
    const api = new ScriptedApi();
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const waiting = waitUntilReady([deployment('a', 0, 1)], api, options());
      await new Promise(setImmediate);
      api.tell('MODIFIED', deployment('a', 1, 1));
      await waiting;
    } finally {
      jest.useRealTimers();
    }
  });

  test('goes on when something that was ready is so no more', async () => {
    const api = new ScriptedApi();
    const told: WaitProgress[] = [];
    const waiting = waitUntilReady(
      [deployment('a', 0, 1), deployment('b', 0, 1)],
      api,
      options({ progress: (state) => told.push(state) }),
    );
    await settled();
    api.tell('MODIFIED', deployment('a', 1, 1));
    api.tell('MODIFIED', deployment('a', 0, 1));
    api.tell('MODIFIED', deployment('b', 1, 1));
    await until(() => told.at(-1)?.ready === 1 && told.at(-1)?.waitingFor[0] === 'Deployment data/a');
    expect(told.at(-1)).toEqual({ ready: 1, of: 2, waitingFor: ['Deployment data/a'] });
    api.tell('MODIFIED', deployment('a', 1, 1));
    await waiting;
  });

  test('takes the latest state for the truth, not the order of kinds', async () => {
    const api = new ScriptedApi();
    api.have(deployment('a', 1, 1));
    await waitUntilReady([deployment('a', 0, 1)], api, options());
  });

  test('fails at once when an object says that it failed', async () => {
    const api = new ScriptedApi();
    const waiting = waitUntilReady([job({})], api, options());
    await settled();
    api.tell(
      'MODIFIED',
      job({ conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'too often' }] }),
    );
    const failure = await failureOf(waiting);
    expect(failure.type).toBe('Stalled');
    expect(failure.options.object).toBe('Job data/j');
    expect(failure.message).toContain('BackoffLimitExceeded');
  });

  test('says of each object why it was not ready in time', async () => {
    const api = new ScriptedApi();
    const widget: KubernetesObject = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', namespace: 'data' },
    };
    const failure = await failureOf(
      waitUntilReady([deployment('a', 1, 3), widget, configMap('c')], api, options({ withinMs: 20 })),
    );
    expect(failure.type).toBe('NotReadyInTime');
    expect(failure.options.facts).toEqual({
      ready: 1,
      of: 3,
      notReady: [
        { object: 'Deployment data/a', state: 'progressing', reason: '1 of 3 replicas available' },
        { object: 'Widget data/w', state: 'unknown', reason: 'it has no status' },
      ],
    });
  });

  test('a deleted object is not ready', async () => {
    const api = new ScriptedApi();
    const waiting = waitUntilReady([deployment('a', 0, 1), deployment('b', 0, 1)], api, options({ withinMs: 200 }));
    await settled();
    api.tell('MODIFIED', deployment('b', 1, 1));
    api.tell('DELETED', deployment('a', 1, 1));
    expect((await failureOf(waiting)).message).toContain('Deployment data/a: it was deleted');
  });

  test('a Job that was done stays done when it is cleaned away', async () => {
    const api = new ScriptedApi();
    const waiting = waitUntilReady([job({}), deployment('a', 0, 1)], api, options());
    await settled();
    api.tell('MODIFIED', job({ succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] }));
    api.tell('DELETED', job({ succeeded: 1 }));
    api.tell('MODIFIED', deployment('a', 1, 1));
    await waiting;
  });

  test('asks a namespace for the last words of its Jobs once, however many of them go at a time', async () => {
    const jobs = Array.from({ length: 21 }, (_, index) => job({}, `job-${String(index)}`));
    const all = [...jobs];
    const toldOf = [10, 21];
    const asked: unknown[] = [];
    const api = new ScriptedApi();
    api.list = (_kind, { namespace: of, fieldSelector } = {}) => {
      const told = all.slice(0, toldOf[asked.length]);
      asked.push([of, fieldSelector]);
      return settled().then(() => told.map(completion));
    };
    const finished = new Set<string>();
    const waiting = waitUntilReady(jobs, api, options({ finished: (key) => finished.add(key) }));
    await settled();
    const last = jobs.pop();
    for (const one of jobs) api.tell('DELETED', one);
    await until(() => finished.size === 20);
    // What was heard with the others is not asked again.
    if (last !== undefined) api.tell('DELETED', last);
    await waiting;
    const list = ['data', 'involvedObject.kind=Job,reason=Completed'];
    expect(asked).toEqual([list, list]);
    expect(finished.size).toBe(21);
  });

  test('is judged by whatever rules it is given', async () => {
    const api = new ScriptedApi();
    await waitUntilReady(
      [deployment('a', 0, 1)],
      api,
      options({ judge: () => ({ state: 'ready', reason: 'so be it' }) }),
    );
    expect(api.watched).toEqual([]);
  });

  test('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const waiting = waitUntilReady([deployment('a', 0, 1)], new ScriptedApi(), options({ signal: stop.signal }));
    const reason = new Error('cancelled by an operator');
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(waitUntilReady([], new ScriptedApi(), options({ signal: stop.signal }))).rejects.toBe(reason);
  });

  test('fails with what its watch fails with', async () => {
    const api = new ScriptedApi();
    const waiting = waitUntilReady([deployment('a', 0, 1)], api, options());
    await settled();
    const gone = new WindlassFailure('TargetUnreachable', 'gone', { next: 'wait' });
    api.fail('Deployment', gone);
    await expect(waiting).rejects.toBe(gone);
  });
});

describe('a window in which all must stay ready', () => {
  test('begins anew with whatever falls back', async () => {
    const api = new ScriptedApi();
    let done = false;
    const waiting = waitUntilReady(
      [deployment('a', 1, 1), deployment('b', 0, 1), configMap('c')],
      api,
      options({ stableForMs: 300 }),
    ).then(() => (done = true));
    await settled();
    expect(api.watched).toEqual(['Deployment data']);
    api.tell('MODIFIED', deployment('b', 1, 1));
    await settled();
    api.tell('MODIFIED', deployment('a', 0, 1));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(done).toBe(false);
    api.tell('MODIFIED', deployment('a', 1, 1));
    await waiting;
  });

  test('is kept by what was ready from the first', async () => {
    const api = new ScriptedApi();
    await waitUntilReady([deployment('a', 1, 1)], api, options({ stableForMs: 10 }));
    expect(api.watched).toEqual(['Deployment data/a']);
  });

  test('that never comes to its end is told as what it is', async () => {
    const failure = await failureOf(
      waitUntilReady([deployment('a', 1, 1)], new ScriptedApi(), options({ stableForMs: 60_000, withinMs: 20 })),
    );
    expect(failure.type).toBe('NotReadyInTime');
    expect(failure.message).toBe('1 objects became ready 1 times, but did not stay so for 1 min 0 s within 20 ms.');
  });
});

describe('a stall', () => {
  test('of a pod of the newest revision ends the wait, and names pod, container and reason', async () => {
    const api = new ScriptedApi();
    const broken = { state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "web:2"' } } };
    api.have(
      replicaSet('old', 'a', '1'),
      replicaSet('new', 'a', '2'),
      pod('old-1', 'old', {}),
      pod('new-1', 'new', broken),
    );
    const failure = await failureOf(waitUntilReady([deployment('a', 0, 1, '2')], api, options({ graces: AT_ONCE })));
    expect(failure.summary()).toMatchObject({
      type: 'Stalled',
      retryable: false,
      object: 'Deployment data/a',
      facts: { pod: 'new-1', container: 'main', reason: 'ImagePullBackOff' },
    });
  });

  test('of a pod of an older revision does not', async () => {
    const api = new ScriptedApi();
    const broken = { state: { waiting: { reason: 'CrashLoopBackOff' } }, restartCount: 9 };
    api.have(
      replicaSet('old', 'a', '1'),
      replicaSet('new', 'a', '2'),
      pod('old-1', 'old', broken),
      pod('new-1', 'new', {}),
    );
    const failure = await failureOf(
      waitUntilReady([deployment('a', 0, 1, '2')], api, options({ graces: AT_ONCE, withinMs: 2_500 })),
    );
    expect(failure.type).toBe('NotReadyInTime');
  });

  test('of an object that was deleted ends the wait, also when no watch saw it go', async () => {
    const api = new ScriptedApi();
    const waiting = waitUntilReady([deployment('a', 0, 1)], api, options({ graces: AT_ONCE }));
    await settled();
    api.tell('DELETED', deployment('a', 0, 1));
    expect((await failureOf(waiting)).summary()).toMatchObject({
      type: 'Stalled',
      object: 'Deployment data/a',
      facts: { reason: 'Deleted' },
    });
    const unseen = new ScriptedApi();
    unseen.gone.add('a');
    const failure = await failureOf(waitUntilReady([deployment('a', 0, 1)], unseen, options({ graces: AT_ONCE })));
    expect(failure.options.facts).toMatchObject({ reason: 'Deleted' });
  });

  test('shows as what blocks while it may still pass, and in the failure when time is up', async () => {
    const api = new ScriptedApi();
    const broken = { state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "web:2"' } } };
    api.have(replicaSet('new', 'a', '1'), pod('new-1', 'new', broken));
    const told: WaitProgress[] = [];
    const failure = await failureOf(
      waitUntilReady(
        [deployment('a', 0, 1)],
        api,
        options({ withinMs: 2_500, progress: (state) => told.push(state), graces: { ...GRACES, imageMs: 60_000 } }),
      ),
    );
    const trouble = 'pod new-1, container main: ImagePullBackOff (Back-off pulling image "web:2")';
    expect(told).toContainEqual(expect.objectContaining({ blockedBy: [`Deployment data/a: ${trouble}`] }));
    expect(failure.options.facts).toMatchObject({ notReady: [{ object: 'Deployment data/a', trouble }] });
    expect(failure.message).toContain(`Deployment data/a: 0 of 1 replicas available; ${trouble}`);
  });

  test('is not a claim that no pod uses: it is as far as it can be', async () => {
    const api = new ScriptedApi();
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c', namespace: 'data', uid: 'c' },
      status: { phase: 'Pending' },
    };
    api.have(claim, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'c.1', namespace: 'data' },
      involvedObject: { uid: 'c' },
      type: 'Normal',
      reason: 'WaitForFirstConsumer',
      message: 'waiting for first consumer to be created before binding',
      lastTimestamp: '2026-11-23T14:00:05Z',
    });
    const latest = await waitUntilReady([claim], api, options({ withinMs: 10_000 }));
    expect(latest.size).toBe(1);
  });

  test('is not called without the right to read pods, and the failure says so', async () => {
    const api = new ScriptedApi();
    const waiting = waitUntilReady([deployment('a', 0, 1)], api, options({ withinMs: 6_000 }));
    for (; !api.watched.includes('Pod data');) await settled();
    api.fail('Pod', new WindlassFailure('AccessDenied', 'runner may not watch pods.', { next: 'grant it' }));
    expect((await failureOf(waiting)).message).toContain('no verdict by pods: runner may not watch pods.');
  });
});

/** Lets everything that is due run. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}

function configMap(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'data' } };
}

function namespace(name: string, phase = ''): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, status: { phase } };
}

/** The event that the Job controller leaves behind. */
function completion({ metadata: { name, uid = '' } }: KubernetesObject): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'data' },
    involvedObject: { kind: 'Job', name, uid },
    reason: 'Completed',
    lastTimestamp: '2026-01-01T00:00:00Z',
  };
}

function job(status: KubernetesObject['status'], name = 'j'): KubernetesObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'data', uid: name },
    spec: {},
    status: status ?? {},
  };
}
