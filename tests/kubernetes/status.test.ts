import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { isWorkload, judge } from '../../src/kubernetes/status/judge.ts';
import { isPlainData } from '../../src/kubernetes/status/plain-data.ts';

interface Scenario {
  readonly state: string;
  readonly reason: string;
  readonly object: KubernetesObject;
}

const directory = new URL('../fixtures/kubernetes/status/', import.meta.url);

for (const file of readdirSync(directory)) {
  const scenarios = parse(readFileSync(new URL(file, directory), 'utf8'), { merge: true }) as Record<string, Scenario>;
  describe(`the status of recorded objects in ${file}`, () => {
    test.each(Object.entries(scenarios))('%s', (_name, { state, reason, object }) => {
      const status = judge(object);
      expect(status.state).toBe(state);
      expect(status.reason).toContain(reason);
    });
  });
}

describe('what status says of kinds', () => {
  test('a kind is never both plain data and a workload', () => {
    for (const kind of ['Pod', 'ReplicationController']) expect(isPlainData({ apiVersion: 'v1', kind })).toBe(false);
    for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'])
      expect([isPlainData({ apiVersion: 'apps/v1', kind }), isWorkload({ apiVersion: 'apps/v1', kind })]).toEqual([
        false,
        true,
      ]);
  });
});
