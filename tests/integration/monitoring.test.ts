import { randomUUID } from 'node:crypto';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { ofKind, type Finding } from '../../src/domain/evidence.ts';
import { monitoringVerifyKind } from '../../src/domain/kinds/monitoring-verify.ts';
import type { EngineContext } from '../../src/domain/step-engine.ts';
import { httpProbeEngine, type HttpProbeSpec } from '../../src/http/http-probe.ts';
import { promqlProbeEngine, readPromql, type PromqlProbeSpec } from '../../src/http/promql-probe.ts';
import { labPaths } from '../../src/lab/directory.ts';
import { isPackage, toolsAtHand, ADDED_TOOLS, type LabEnv } from '../../src/lab/index.ts';
import { monitoringVerifyEngine } from '../../src/monitoring/verify-engine.ts';
import type { VerifySpec } from '../../src/monitoring/watchers.ts';
import { contextWith, specOf } from '../http/support.ts';
import { filesOf } from '../postgres/support/files.ts';
import { enterAdded, leaveAdded, testLabDirectory } from '../support/lab-users.ts';

const paths = labPaths(testLabDirectory());
const packages = ADDED_TOOLS.monitoring.filter((name) => isPackage(name));
const atHand = await toolsAtHand(packages);
const lacks = packages.filter((name) => !atHand.has(name));
const withPackages = lacks.length === 0 ? describe : describe.skip;
const mark = `t${randomUUID().slice(0, 8)}`;
let env: LabEnv;

const BOARD = {
  title: 'Databases',
  templating: {
    list: [
      { type: 'query', name: 'database', query: 'label_values(pg_database_size_bytes, datname)', multi: true },
      { type: 'interval', name: 'window', query: '1m,1h' },
    ],
  },
  panels: [
    { title: 'Size', targets: [{ expr: 'pg_database_size_bytes{datname=~"$database"}' }] },
    { title: 'Scrapes', targets: [{ expr: 'sum(count_over_time(up[$window]))' }] },
    { title: 'Quotient', targets: [{ expr: '(pg_up - 1) / (pg_up - 1)' }] },
    { title: 'Down', targets: [{ expr: 'up == 0' }] },
    { title: 'Backends', targets: [{ expr: 'sum(pg_stat_databse_numbackends{datname=~"$database"})' }] },
    { title: 'Queries', targets: [{ expr: 'sum(trino_queries) or vector(0)' }, { expr: 'trino_workers' }] },
    { title: 'Broken', targets: [{ expr: 'sum(up' }] },
  ],
};
const RULES = `groups:
  - name: ${mark}
    rules:
      - alert: DatabaseDown
        expr: pg_up == 0
      - alert: TooManyFail
        expr: (pg_up - 1) / (pg_up - 1) > 0.5
      - alert: NobodySaysSo
        expr: ${mark}_failures_total > 3
`;

const promql = (more: object) => specOf('promql', { ...more }) as unknown as PromqlProbeSpec;
const spec = (more: object): VerifySpec =>
  monitoringVerifyKind.schema.parse({
    ...{ sources: ['board.json', 'rules.yaml'], scrapeInterval: '5s', within: '1s', evaluator: 'vmalert' },
    ...{ jobs: ['etcd', 'temporal', 'minio', 'kube-apiserver'].map((job) => ({ job })) },
    exemptions: [{ metric: 'trino_*', reason: 'not in this lab', owner: 'ada', until: '2999-01-01' }],
    ...more,
  }) as unknown as VerifySpec;
const context = (): EngineContext => ({
  ...contextWith(),
  files: filesOf({ 'board.json': JSON.stringify(BOARD, undefined, 2), 'rules.yaml': RULES }),
});
const verify = (more: object): Promise<readonly Finding[]> =>
  monitoringVerifyEngine({
    metrics: { url: env.WINDLASS_LAB_METRICS_URL! },
    evaluator: { url: env.WINDLASS_LAB_METRICS_URL! },
    alertmanager: { url: env.WINDLASS_LAB_ALERTMANAGER_URL! },
    receiver: env.WINDLASS_ALERT_RECEIVER,
  }).verify(spec(more), context());

withPackages(`what watches a lab${lacks.length === 0 ? '' : ` (no ${lacks.join(', ')} here)`}`, () => {
  beforeAll(async () => {
    env = await enterAdded(['monitoring', 'logging']);
    writeFileSync(join(paths.rules, `${mark}.yaml`), RULES);
  }, 600_000);
  afterAll(async () => {
    rmSync(join(paths.rules, `${mark}.yaml`), { force: true });
    rmSync(join(paths.logs, `${mark}.log`), { force: true });
    await leaveAdded();
  });

  test('scrapes every server of the lab that tells of itself, and answers probes about it', async () => {
    const engine = promqlProbeEngine({ url: env.WINDLASS_LAB_METRICS_URL! });
    const ask = (query: string, more: object) => engine.verify(promql({ query, ...more }), contextWith());
    const jobs = 'count(count by (job) (up == 1))';
    expect(await ask(jobs, { atLeast: 14 })).toMatchObject([{ holds: true, observed: expect.any(Number) }]);
    expect(await ask('count(up == 0) or vector(0)', { equals: 0 })).toMatchObject([{ observed: 0 }]);
    // Fresh numbers of the database itself, not just of a page that answers.
    expect(await ask('pg_up', { equals: 1 })).toMatchObject([{ observed: 1 }]);
    // What a measure keeps.
    const asking = { ...contextWith(), ms: 60_000 };
    const read = (query: string) => readPromql({ url: env.WINDLASS_LAB_METRICS_URL! }, { query, headers: {} }, asking);
    expect(await read('count(pg_database_size_bytes) > 0')).toEqual({ value: expect.any(Number) });
    expect(await read('up{job="nobody"}')).toEqual({ unknown: 'gave no series' });
    expect(await read('up')).toEqual({
      unknown: expect.stringMatching(/^gave \d+ series, where one number is asked for$/),
    });
    expect(await read('up[1m]')).toEqual({ unknown: 'gave a range of values, where one number is asked for' });
    expect(await read('sum(up')).toEqual({ unknown: expect.stringContaining('cannot be understood or carried out') });
    // What is no number it leaves out.
    expect(await read('0 / 0 * up{job="etcd"}')).toEqual({ unknown: 'gave no series' });
  });

  test('stores what a server of the lab writes into its log, where a probe finds it', async () => {
    appendFileSync(join(paths.logs, `${mark}.log`), `{"level":"info","msg":"written by ${mark}"}\n`);
    const query = encodeURIComponent(`"written by ${mark}" | stats count() lines`);
    const engine = httpProbeEngine({ url: env.WINDLASS_LAB_LOGS_URL! });
    const found = specOf('http', {
      path: `/select/logsql/stats_query?query=${query}`,
      json: { value: 'self.data.result[0].value[1]', equals: '1' },
    });
    expect(await engine.verify(found as unknown as HttpProbeSpec, contextWith())).toMatchObject([{ holds: true }]);
  });

  test('answers what boards and rules ask, and what it does not answer is named by file and line', async () => {
    const findings = await verify({});
    const seen = ofKind('monitoring-query', findings).map(({ about, holds, observed }) => ({
      ...{ name: about.name, holds, outcomes: observed.queries.map(({ outcome }) => outcome) },
      ...{ line: observed.queries[0]!.line, why: observed.queries.at(-1)!.why },
    }));
    const line = (part: string) =>
      JSON.stringify(BOARD, undefined, 2)
        .split('\n')
        .findIndex((text) => text.includes(part)) + 1;
    expect(seen).toMatchObject([
      { name: 'Size', holds: true, outcomes: ['data'] },
      { name: 'Scrapes', holds: true, outcomes: ['data'] },
      { name: 'Quotient', holds: false, outcomes: ['NaN'] },
      { name: 'Down', holds: true, outcomes: ['rest'] },
      { name: 'Backends', holds: false, outcomes: ['no series'], line: line('pg_stat_databse') },
      { name: 'Queries', holds: true, outcomes: ['default', 'no series'] },
      { name: 'Broken', holds: false, outcomes: ['error'] },
      { name: 'DatabaseDown', holds: true, outcomes: ['rest'] },
      { name: 'TooManyFail', holds: true, outcomes: ['rest'] },
      { name: 'NobodySaysSo', holds: false, outcomes: ['no series'], line: 9 },
    ]);
    expect(seen[4]!.why).toContain(
      'nobody emits pg_stat_databse_numbackends (did you mean "pg_stat_database_numbackends"?)',
    );
    expect(seen[4]!.why).toContain(
      'it should come from the PostgreSQL exporter; pg_stat_* comes from job postgres-exporter',
    );
    expect(seen.at(-1)!.why).toBe(`nobody emits ${mark}_failures_total: nothing of its family is scraped`);
    expect(ofKind('monitoring-targets', findings)).toMatchObject([{ holds: true, observed: { faults: [] } }]);
    expect(ofKind('monitoring-exemption', findings)).toMatchObject([{ holds: true, observed: { matched: 1 } }]);
  });

  test('evaluates the rules, and tells the receiver of a test alert that it fires and that it is over', async () => {
    const alerting = {
      target: 'alertmanager',
      labels: { severity: 'critical' },
      receivers: ['windlass'],
      within: '1m',
    };
    const findings = await verify({
      sources: ['rules.yaml'],
      within: '20s',
      alerting,
      exemptions: [{ query: `${mark} / *`, reason: 'r', owner: 'ada', until: '2999-01-01' }],
    });
    expect(ofKind('monitoring-rules', findings)).toMatchObject([{ holds: true, observed: { evaluated: 3 } }]);
    expect(ofKind('monitoring-delivery', findings)).toMatchObject([
      {
        holds: true,
        observed: {
          receivers: ['windlass'],
          arrivedMs: expect.any(Number),
          resolvedMs: expect.any(Number),
          faults: [],
        },
      },
    ]);
  });

  test('is noticed where a silence mutes the receiver, or no route leads to it', async () => {
    const silence = await request(`${env.WINDLASS_LAB_ALERTMANAGER_URL!}/api/v2/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        matchers: [{ name: 'mark', value: mark, isRegex: false, isEqual: true }],
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 600_000).toISOString(),
        createdBy: 'bob',
        comment: 'maintenance that nobody ended',
      }),
    });
    expect(silence.statusCode).toBe(200);
    const deliver = async (labels: object, receivers: readonly string[]) => {
      const alerting = { target: 'alertmanager', labels, receivers, within: '1m' };
      return ofKind('monitoring-delivery', await verify({ alerting }));
    };
    expect(await deliver({ mark }, ['windlass'])).toMatchObject([
      {
        holds: false,
        observed: {
          arrivedMs: null,
          faults: [expect.stringMatching(/^a silence mutes it until .*: maintenance that nobody ended, bob$/)],
        },
      },
    ]);
    expect(await deliver({}, ['windlass', 'on-call'])).toMatchObject([
      { holds: false, observed: { faults: ['no route leads such an alert to on-call: it goes to windlass'] } },
    ]);
  });
});
