import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { judge } from '../../src/kubernetes/status/judge.ts';
import { EventNotes } from '../../src/kubernetes/wait/event-notes.ts';
import { Owned } from '../../src/kubernetes/wait/owned-pods.ts';
import { stalled } from '../../src/kubernetes/wait/outcome.ts';
import { StallMemory } from '../../src/kubernetes/wait/stall.ts';
import { Surroundings } from '../../src/kubernetes/wait/surroundings.ts';
import { GRACES, gracesFor, type Suspicion } from '../../src/kubernetes/wait/suspicion.ts';
import { podVerdicts } from '../../src/kubernetes/wait/verdicts/pod.ts';
import { deployment, pod, replicaSet } from './objects.ts';
import { ScriptedApi } from './scripted-api.ts';

/** Objects as a cluster gave them, and what must be made of them. */
interface Scenario {
  /** The object that is waited for. */
  readonly object: KubernetesObject;
  /** Pods, ReplicaSets and events around it. */
  readonly around?: readonly KubernetesObject[];
  /** All that is suspicious about it; `grace` is the name of one of the graces, or `never` for what is only told. */
  readonly verdicts: readonly { reason: string; grace: string; message?: string; pod?: string; container?: string }[];
  /** Words of what the operator reads. */
  readonly says?: string;
}

const directory = new URL('../fixtures/kubernetes/stalls/', import.meta.url);

for (const file of readdirSync(directory)) {
  const scenarios = parse(readFileSync(new URL(file, directory), 'utf8'), { merge: true }) as Record<string, Scenario>;
  describe(`what is suspicious about recorded objects in ${file}`, () => {
    test.each(Object.entries(scenarios).filter(([name]) => !name.startsWith('_')))('%s', async (_name, scenario) => {
      const { object, around = [], verdicts, says } = scenario;
      const api = new ScriptedApi();
      api.have(...around);
      const stop = new AbortController();
      const surroundings = new Surroundings(api, stop.signal);
      surroundings.follow(['data']).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 5));
      const found = surroundings.suspicions(object, judge(object), GRACES);
      expect(found.map(({ reason, graceMs }) => ({ reason, graceMs }))).toEqual(
        verdicts.map(({ reason, grace }) => ({ reason, graceMs: graceOf(grace) })),
      );
      for (const [index, { message = '', pod, container }] of verdicts.entries()) {
        expect(found[index]?.message).toContain(message);
        if (pod !== undefined) expect(found[index]?.pod).toBe(pod);
        if (container !== undefined) expect(found[index]?.container).toBe(container);
      }
      if (says !== undefined) expect(stalled('it', found[0]!).message).toContain(says);
      stop.abort();
    });
  });
}

function graceOf(name: string): number {
  // A pod has the time it was given to end, and then as long as for a node that has gone.
  if (name === 'podEnd') return 30_000 + GRACES.nodeMs;
  return name === 'never' ? Infinity : GRACES[`${name}Ms` as keyof typeof GRACES];
}

const waiting = (reason: string, more: JsonObject = {}) => ({ state: { waiting: { reason } }, ...more });
const suspicionsOf = (object: KubernetesObject) => podVerdicts(object, [], GRACES);

describe('patience', () => {
  test('with failing probes grows with the time that is given', () => {
    expect(gracesFor(60_000).probeMs).toBe(GRACES.probeMs);
    expect(gracesFor(3_600_000).probeMs).toBe(1_800_000);
  });
});

describe('notes of events', () => {
  const event = (uid: string, reason: string, message: string, at: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: reason, namespace: 'data' },
    involvedObject: { uid },
    type: 'Warning',
    reason,
    message,
    lastTimestamp: at,
  });

  test('keep the latest of a kind, whatever order they come in', () => {
    const notes = new EventNotes();
    notes.add(event('p', 'FailedMount', 'late', '2026-11-23T14:00:05Z'));
    notes.add(event('p', 'FailedMount', 'early', '2026-11-23T14:00:01Z'));
    expect(notes.of('p').map(({ message }) => message)).toEqual(['late']);
  });

  test('stay bounded in a storm', () => {
    const notes = new EventNotes();
    for (let index = 0; index < 100; index += 1)
      notes.add(event('p', `Reason${String(index)}`, '', '2026-11-23T14:00:05Z'));
    expect(notes.of('p').length).toBeLessThan(20);
    for (let index = 0; index < 21_000; index += 1)
      notes.add(event(String(index), 'FailedMount', '', '2026-11-23T14:00:05Z'));
    expect(notes.of('0')).toEqual([]);
    expect(notes.of('20999')).toHaveLength(1);
  });
});

describe('when trouble is a stall', () => {
  const trouble = suspicionsOf(pod('p', 'o', waiting('CrashLoopBackOff')));

  test('only after it lasted as long as its grace', () => {
    const memory = new StallMemory();
    expect(memory.verdict('w', trouble, 1_000)).toBeNull();
    expect(memory.verdict('w', trouble, 1_000 + GRACES.crashMs - 1)).toBeNull();
    expect(memory.verdict('w', trouble, 1_000 + GRACES.crashMs)).toBe(trouble[0]);
  });

  test('not when it went away in between', () => {
    const memory = new StallMemory();
    memory.verdict('w', trouble, 0);
    memory.verdict('w', [], 5_000);
    expect(memory.verdict('w', trouble, GRACES.crashMs)).toBeNull();
  });

  test('what is tried again in growing pauses only once it was met again: the cause may be gone since the last time', () => {
    const refused = (metAt?: number): Suspicion[] => [
      {
        key: 'controller',
        reason: 'ServiceAccountMissing',
        message: 'no',
        graceMs: 20_000,
        ...(metAt ? { metAt } : {}),
      },
    ];
    const memory = new StallMemory();
    // The cluster's clock is another one.
    expect(memory.verdict('w', refused(9_000_000), 0)).toBeNull();
    expect(memory.verdict('w', refused(9_000_000), 35_000)).toBeNull();
    const again = refused(9_041_000);
    expect(memory.verdict('w', again, 41_000)).toBe(again[0]);

    const silent = refused();
    expect(memory.verdict('v', silent, 0)).toBeNull();
    expect(memory.verdict('v', silent, 20_000)).toBe(silent[0]);
    // Told later than the condition was.
    expect(memory.verdict('u', silent, 0)).toBeNull();
    expect(memory.verdict('u', refused(9_000_000), 1_000)).toBeNull();
    expect(memory.verdict('u', refused(9_000_000), 35_000)).toBeNull();
  });

  test('each workload and each container has a clock of its own', () => {
    const memory = new StallMemory();
    memory.verdict('w', trouble, 0);
    const other = suspicionsOf(pod('q', 'o', waiting('CrashLoopBackOff')));
    expect(memory.verdict('v', trouble, GRACES.crashMs)).toBeNull();
    expect(memory.verdict('w', other, GRACES.crashMs)).toBeNull();
  });

  test('what never heals is a stall at once', () => {
    const hopeless = suspicionsOf(pod('p', 'o', waiting('InvalidImageName')));
    expect(new StallMemory().verdict('w', hopeless, 7)).toBe(hopeless[0]);
  });

  test('a pull that alternates between error and back-off is one trouble', () => {
    const memory = new StallMemory();
    memory.verdict('w', suspicionsOf(pod('p', 'o', waiting('ErrImagePull'))), 0);
    const backOff = suspicionsOf(pod('p', 'o', waiting('ImagePullBackOff')));
    expect(memory.verdict('w', backOff, GRACES.imageMs)).toBe(backOff[0]);
  });
});

describe('the pods that a verdict is passed on', () => {
  const names = (workload: KubernetesObject, pods: KubernetesObject[], sets: KubernetesObject[] = []) =>
    ownedBy([...pods, ...sets])
      .currentPods(workload)
      .map(({ metadata }) => metadata.name);
  const ownedBy = (objects: KubernetesObject[]): Owned => {
    const owned = new Owned();
    for (const object of objects) owned.put(object);
    return owned;
  };
  const workload = (kind: string, more: JsonObject, meta: JsonObject = {}): KubernetesObject => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'w', namespace: 'data', uid: 'w', ...meta },
    ...more,
  });

  test('of a Deployment: those of its current ReplicaSet', () => {
    const sets = [replicaSet('one', 'a', '1'), replicaSet('two', 'a', '2'), replicaSet('other', 'b', '2')];
    expect(
      names(deployment('a', 0, 1, '2'), [pod('p1', 'one', {}), pod('p2', 'two', {}), pod('p3', 'other', {})], sets),
    ).toEqual(['p2']);
  });

  test('of a StatefulSet that rolls in order: all, since a broken old pod blocks the new ones', () => {
    const pods = [pod('w-0', 'w', {}, { labels: { 'controller-revision-hash': 'old' } }), pod('x-0', 'x', {})];
    expect(names(workload('StatefulSet', { spec: {}, status: { updateRevision: 'new' } }), pods)).toEqual(['w-0']);
  });

  test('of a StatefulSet that rolls in parallel: those of the update revision', () => {
    const pods = ['old', 'new'].map((hash) => pod(hash, 'w', {}, { labels: { 'controller-revision-hash': hash } }));
    const set = workload('StatefulSet', {
      spec: { podManagementPolicy: 'Parallel' },
      status: { updateRevision: 'new' },
    });
    expect(names(set, pods)).toEqual(['new']);
  });

  test('of a DaemonSet: those of the current template', () => {
    const pods = ['1', '2'].map((generation) =>
      pod(`p${generation}`, 'w', {}, { labels: { 'pod-template-generation': generation } }),
    );
    const set = workload('DaemonSet', {}, { annotations: { 'deprecated.daemonset.template.generation': '2' } });
    expect(names(set, pods)).toEqual(['p2']);
  });

  test('of a Job: its own; of a bare pod: itself', () => {
    expect(names(workload('Job', {}), [pod('a', 'w', {}), pod('b', 'v', {})])).toEqual(['a']);
    const alone = pod('alone', 'none', {});
    expect(names(alone, [alone, pod('b', 'v', {})])).toEqual(['alone']);
  });
});
