import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { judge } from '../../src/kubernetes/status/judge.ts';
import { EventNotes } from '../../src/kubernetes/wait/event-notes.ts';
import { GRACES } from '../../src/kubernetes/wait/suspicion.ts';
import { podVerdicts } from '../../src/kubernetes/wait/verdicts/pod.ts';
import type { Seen } from '../support/real-pods.ts';

const directory = new URL('../fixtures/kubernetes/real/', import.meta.url);
const UID = 'of-this-pod';

/** Every state that the pod went through, as an object of its own. */
function statesOf({ pod, states }: Seen): KubernetesObject[] {
  return states.map(({ status, ...times }) => ({
    ...pod,
    metadata: { ...pod.metadata, ...times, uid: UID },
    status: status ?? null,
  }));
}

function notesOf({ events }: Seen): EventNotes {
  const notes = new EventNotes();
  for (const event of events) {
    const involvedObject = { ...(event['involvedObject'] as JsonObject), uid: UID };
    notes.add({ ...event, apiVersion: 'v1', kind: 'Event', metadata: { name: 'event' }, involvedObject });
  }
  return notes;
}

function withoutRepetition<T>(items: readonly T[]): T[] {
  return items.filter((item, index) => item !== items[index - 1]);
}

interface Expected {
  /** How its status went. Without probes a container is ready as soon as it runs, even between two crashes. */
  readonly states: readonly string[];
  /** All that was ever suspicious, whatever its grace: the first probe of a sound container may come too early. */
  readonly verdicts: readonly string[];
}

const EXPECTED: Readonly<Record<string, Expected>> = {
  'command-missing': { states: ['progressing'], verdicts: ['RunContainerError', 'CrashLoopBackOff'] },
  'config-missing': { states: ['progressing'], verdicts: ['CreateContainerConfigError'] },
  'crash-loop': {
    states: ['progressing', 'ready', 'progressing', 'ready', 'progressing', 'ready', 'progressing'],
    verdicts: ['CrashLoopBackOff'],
  },
  'ends-by-itself': { states: ['progressing', 'ready', 'progressing', 'ready'], verdicts: [] },
  evicted: { states: ['progressing', 'ready', 'terminating'], verdicts: ['ProbeFailing', 'PodTerminating'] },
  'fails-for-good': { states: ['progressing', 'ready', 'progressing', 'failed'], verdicts: [] },
  'image-name-invalid': { states: ['progressing'], verdicts: ['InvalidImageName'] },
  'image-never-pulled': { states: ['progressing'], verdicts: ['ErrImageNeverPull'] },
  'image-pull-failure': { states: ['progressing'], verdicts: ['ErrImagePull', 'ImagePullBackOff'] },
  'init-failing': { states: ['progressing'], verdicts: ['CrashLoopBackOff'] },
  'liveness-failing': {
    states: ['progressing', 'ready', 'progressing', 'ready', 'progressing'],
    verdicts: ['ProbeKilled'],
  },
  'node-gone': { states: ['progressing', 'ready', 'progressing', 'ready'], verdicts: ['NodeNotReady', 'ProbeFailing'] },
  'out-of-memory': {
    states: ['progressing', 'ready', 'progressing', 'ready', 'progressing', 'ready', 'progressing'],
    verdicts: ['OOMKilled'],
  },
  'readiness-failing': { states: ['progressing'], verdicts: ['ProbeFailing'] },
  'slow-start': { states: ['progressing', 'ready'], verdicts: ['ProbeFailing'] },
  sound: { states: ['progressing', 'ready'], verdicts: ['ProbeFailing'] },
  unschedulable: { states: ['progressing'], verdicts: ['Unschedulable'] },
  'volume-missing': { states: ['progressing'], verdicts: ['FailedMount'] },
  'volume-unbound': { states: ['progressing'], verdicts: ['VolumeUnbound'] },
};

describe('what a real kubelet showed of a pod', () => {
  test('is known for every scenario that was recorded', () => {
    expect(readdirSync(directory)).toEqual(
      Object.keys(EXPECTED)
        .map((name) => `${name}.json`)
        .toSorted(),
    );
  });

  test.each(Object.entries(EXPECTED))('%s', (name, { states, verdicts }) => {
    const seen = JSON.parse(readFileSync(new URL(`${name}.json`, directory), 'utf8')) as Seen;
    const notes = notesOf(seen).of(UID);
    const course = statesOf(seen);
    expect(withoutRepetition(course.map((pod) => judge(pod).state))).toEqual(states);
    const found = course.flatMap((pod) => podVerdicts(pod, notes, GRACES).map(({ reason }) => reason));
    expect([...new Set(found)]).toEqual(verdicts);
  });

  test('a slow start is told and never a stall', () => {
    const seen = JSON.parse(readFileSync(new URL('slow-start.json', directory), 'utf8')) as Seen;
    const notes = notesOf(seen).of(UID);
    const found = statesOf(seen).flatMap((pod) => podVerdicts(pod, notes, GRACES));
    expect(found.map(({ graceMs }) => graceMs)).toContain(Infinity);
    expect(found.filter(({ graceMs }) => graceMs !== Infinity)).toEqual([]);
  });
});
