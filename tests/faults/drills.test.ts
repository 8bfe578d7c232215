import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { DRILL } from '../../src/velero/backup/objects.ts';
import { dissolve } from '../../src/velero/drill/isolation.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { until } from '../support/poll.ts';
import { FaultBench } from './support/bench.ts';
import { DRILL_SCENARIOS, remainsOf } from './support/drill-scenarios.ts';

/** One seed of each in `make test`; `make faults` sets more and collects what happened. */
const SEEDS = Number(process.env['WINDLASS_FAULT_SEEDS'] ?? '1');
const RESULTS = process.env['WINDLASS_FAULT_RESULTS'];
const LONGEST_MS = 600_000;
const CLEAN_WITHIN_MS = 240_000;
/** Each look asks the cluster, PostgreSQL and the object store. */
const LOOK_MS = 500;

let bench: FaultBench;

beforeAll(async () => {
  bench = await FaultBench.open('interrupted');
  await bench.startWorker();
}, LONGEST_MS);
afterAll(() => bench.close());

describe.each(Array.from({ length: SEEDS }, (_, seed) => seed))('seed %i', (seed) => {
  test.each(DRILL_SCENARIOS)(
    '$name: the drill proves a backup in the end, and leaves nothing',
    async ({ name, moment, spread, hurt, heal }) => {
      const suffix = Math.random().toString(36).slice(2, 9).replace(/^\d/, 'x');
      const began = Date.now();
      const { result } = await bench.begin(suffix);
      await moment(bench, suffix);
      const delay = Math.round(spread * ((0.5 + seed * 0.618) % 1));
      await wait(delay);
      await hurt(bench);
      await heal(bench);
      const healed = Date.now();
      const { status } = await result;
      expect(status.state).toBe('done');
      // A Restore that is deleted goes once Velero has let go of it.
      const patience = Date.now() + CLEAN_WITHIN_MS;
      const remains = await until(async () => {
        const found = await remainsOf(bench, suffix);
        return found.left.length === 0 || Date.now() > patience ? found : null;
      }, LOOK_MS);
      expect(remains).toEqual({ left: [], proven: 1 });
      const times = { totalMs: Date.now() - began, afterHealingMs: Date.now() - healed };
      if (RESULTS !== undefined)
        appendFileSync(RESULTS, `${JSON.stringify({ fault: name, seed, delayMs: delay, ...times })}\n`);
    },
    LONGEST_MS,
  );
});

test('a clean-up that an aggregated API keeps from its end, since it is away, names it and the namespace, and ends once it is gone', async () => {
  const api = await openLabCluster(bench.settings);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'drill-away' };
  const labels = { [DRILL]: 'away' };
  const cleaning = (goneWithinMs: number): Promise<void> => {
    const kinds = (signal: AbortSignal) => api.discovery.namespacedKinds(signal);
    return dissolve(
      { api, kinds, goneWithinMs },
      `${DRILL}=away`,
      { volumes: 'none' },
      AbortSignal.timeout(LONGEST_MS),
    );
  };
  try {
    await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace.name, labels } });
    await api.apply(AWAY);
    await until(async () => JSON.stringify(await api.get(AWAY_REF)).includes('"status":"False"'));
    await api.delete(namespace);
    await until(async () => JSON.stringify(await api.get(namespace)).includes('Discovery failed for some groups'));
    await expect(cleaning(500)).rejects.toMatchObject({
      type: 'NotReadyInTime',
      message: expect.stringMatching(/NamespaceDeletionDiscoveryFailure \(.*away\.example\.com\/v1/) as unknown,
      options: {
        object: 'Namespace drill-away',
        next: expect.stringMatching(/Bring back the API .* or delete its APIService/) as unknown,
        facts: { conditions: ['NamespaceDeletionDiscoveryFailure'], held: [] },
      },
    });
    await api.delete(AWAY_REF);
    await cleaning(CLEAN_WITHIN_MS);
    expect(await api.get(namespace)).toBeNull();
  } finally {
    await api.delete(AWAY_REF);
    await api.close();
  }
});

const AWAY_REF = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  name: 'v1.away.example.com',
};

/** An API whose server is a Service that nobody made. */
const AWAY: KubernetesObject = {
  ...{ apiVersion: AWAY_REF.apiVersion, kind: AWAY_REF.kind, metadata: { name: AWAY_REF.name } },
  spec: {
    ...{ group: 'away.example.com', version: 'v1', groupPriorityMinimum: 1_000, versionPriority: 15 },
    ...{ insecureSkipTLSVerify: true, service: { name: 'away', namespace: 'default' } },
  },
};
