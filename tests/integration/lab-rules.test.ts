import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { read, readList, readText } from '../../src/domain/json-fields.ts';
import type { Json } from '../../src/domain/json.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { isPackage, toolsAtHand, ADDED_TOOLS, type LabEnv } from '../../src/lab/index.ts';
import { freshName, namespaceRef } from '../kubernetes/cluster.ts';
import { connect } from '../postgres/support/lab.ts';
import { alertRules, loadFlagship, ruleFiles } from '../rollouts/flagship.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { enterAdded, leaveAdded } from '../support/lab-users.ts';
import { until } from '../support/poll.ts';

// The flagship's rules, as its rollout leaves them in the cluster, before the lab's vmalert and Alertmanager.

const packages = ADDED_TOOLS.monitoring.filter((name) => isPackage(name));
const atHand = await toolsAtHand(packages);
const lacks = packages.filter((name) => !atHand.has(name));
const withPackages = lacks.length === 0 ? describe : describe.skip;
const ns = freshName('rules');
/** Rules that no other ConfigMap has: where the flagship itself was carried through, the lab has its rules besides. */
const OWN = `groups: [{ name: ${ns}, rules: [{ alert: Own, expr: vector(0) > 1 }] }]\n`;
let env: LabEnv;
let cluster: KubernetesClient;

const json = async (url: string): Promise<Json> => (await (await request(url)).body.json()) as Json;
/** Every rule that vmalert evaluates, as `GROUP / NAME`. */
async function evaluated(): Promise<readonly string[]> {
  const answer = await json(`${env.WINDLASS_LAB_METRICS_URL!}/api/v1/rules`);
  return readList(answer, 'data', 'groups').flatMap((group) =>
    readList(group, 'rules').map((rule) => `${readText(group, 'name') ?? ''} / ${readText(rule, 'name') ?? ''}`),
  );
}

/** Two transactions, each of which waits for a lock of the other, until PostgreSQL ends one of them. */
async function deadlock(): Promise<void> {
  const clients = [await connect('postgres'), await connect('postgres')] as const;
  const [one, other] = clients;
  try {
    for (const [at, client] of clients.entries()) {
      await client.query("BEGIN; SET LOCAL deadlock_timeout = '20ms'");
      await client.query('SELECT pg_advisory_xact_lock(4711, $1)', [at]);
    }
    const waits = await Promise.allSettled([
      one.query('SELECT pg_advisory_xact_lock(4711, 1)'),
      other.query('SELECT pg_advisory_xact_lock(4711, 0)'),
    ]);
    expect(waits.some(({ status }) => status === 'rejected')).toBe(true);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

withPackages(`rules in the cluster of a lab${lacks.length === 0 ? '' : ` (no ${lacks.join(', ')} here)`}`, () => {
  let rules: KubernetesObject;
  let names: readonly string[];
  beforeAll(async () => {
    env = await enterAdded(['monitoring']);
    cluster = await openLabCluster();
    const flagship = await loadFlagship('lab');
    names = alertRules(flagship).map(({ group, alert, record }) => `${group} / ${alert ?? record ?? ''}`);
    rules = {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'vmalert-rules', namespace: ns } },
      data: { ...Object.fromEntries(ruleFiles(flagship)), 'own.yaml': OWN },
    };
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ns } });
    await cluster.apply(rules);
  }, 600_000);
  afterAll(async () => {
    await cluster.delete(namespaceRef(ns));
    await cluster.close();
    await leaveAdded();
  });

  test('are evaluated by vmalert, all of the flagship’s', async () => {
    await until(async () => {
      const all = new Set(await evaluated());
      return [...names, `${ns} / Own`].every((name) => all.has(name));
    });
  });

  test('fire where their fault is real, and the alert arrives at Alertmanager with all that it says', async () => {
    const of = encodeURIComponent('pg_stat_database_deadlocks{datname="postgres"}');
    await until(
      async () =>
        readList(await json(`${env.WINDLASS_LAB_METRICS_URL!}/api/v1/query?query=${of}`), 'data', 'result').length > 0,
    );
    for (let times = 0; times < 5; times += 1) await deadlock();
    const filter = encodeURIComponent('alertname="PostgresDeadlocks"');
    const alert = await until(async () => {
      const all = await json(`${env.WINDLASS_LAB_ALERTMANAGER_URL!}/api/v2/alerts?filter=${filter}`);
      return (all as readonly Json[]).find((one) => readText(one, 'labels', 'datname') === 'postgres');
    });
    const declared = alertRules(await loadFlagship('lab')).find((rule) => rule.alert === 'PostgresDeadlocks');
    expect(read(alert, 'labels')).toMatchObject(declared?.labels ?? {});
    expect(readText(alert, 'status', 'state')).toBe('active');
    expect(readText(alert, 'annotations', 'runbook_url')).toBe(declared?.annotations?.['runbook_url']);
  });

  test('are evaluated no longer once their ConfigMap is gone', async () => {
    await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'vmalert-rules' });
    await until(async () => !(await evaluated()).includes(`${ns} / Own`));
  });
});
