import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { read } from '../../src/domain/json-fields.ts';
import { judge } from '../../src/kubernetes/status/judge.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { Row } from '../harness.ts';
import { kubectl, output, type WindlassProcess } from './contestants.ts';
import { deployment, yamlOf } from './objects.ts';
import { row } from './rows.ts';
import type { Stage } from './stage.ts';

const COUNT = 50;
/** Waits in each round; so few of the rivals' that the suite ends in time. */
const WAITS = { ours: 6, kubectl: 2 };
type Lags = Record<'ours' | 'kubectl' | 'helm', number[]>;
const STAMP = 'bench.windlass.dev/stamp';

/**
 * How long after the last of 50 Deployments became ready the wait for them returns, in milliseconds. The moment of
 * readiness is when a watch of this process, which does nothing else meanwhile, is told of the last one: the same server
 * tells the watch and the contestant. Each wait is for new pods of all 50, begun as soon as they are asked for.
 */
export async function waitLag(stage: Stage): Promise<readonly Row[]> {
  await stage.cluster.reset();
  const client = await stage.cluster.client();
  const engine = await stage.engine();
  const lags: Lags = { ours: [], kubectl: [], helm: [] };
  for (const name of Object.keys(lags)) await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  let stamp = 0;
  const sample = async (name: keyof Lags, wait: (objects: KubernetesObject[]) => Promise<number>) => {
    stamp += 1;
    const watch = new AbortController();
    const ready = lastReady(client, name, String(stamp), watch.signal);
    try {
      const returnedAt = await wait(stamped(name, String(stamp)));
      lags[name].push(Math.max(0, returnedAt - (await ready)));
    } finally {
      watch.abort();
      await ready.catch(() => undefined);
    }
  };
  try {
    for (let round = 1; round <= stage.rounds; round++) {
      for (let turn = 0; turn < WAITS.ours; turn++) await sample('ours', (objects) => byEngine(stage, engine, objects));
      for (let turn = 0; turn < WAITS.kubectl; turn++)
        await sample('kubectl', (objects) => byKubectl(stage, client, objects));
      // A minute each: in every other round.
      if (round % 2 === 1) await sample('helm', (objects) => byHelm(stage, objects));
      stage.say(`wait round ${round} of ${stage.rounds}`);
    }
  } finally {
    await engine.stop();
    await client.close();
  }
  const at = (part: number) =>
    [
      percentile(lags.ours, part),
      { kubectl: percentile(lags.kubectl, part), helm: percentile(lags.helm, part) },
    ] as const;
  return [row('wait-lag-p50', 'ms', ...at(0.5)), row('wait-lag-p99', 'ms', ...at(0.99))];
}

/** The value that this part of all values does not exceed (nearest rank). */
function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * part) - 1] ?? NaN;
}

function stamped(namespace: string, stamp: string): KubernetesObject[] {
  return Array.from({ length: COUNT }, (_, index) => {
    const name = `wait-${String(index).padStart(2, '0')}`;
    const { metadata, spec, ...rest } = deployment(name, 1);
    const { template } = spec;
    const annotations = { ...template.metadata.annotations, [STAMP]: stamp };
    // Rivals ask for every ReplicaSet that there ever was, so that each wait would be slower than the one before.
    const revisionHistoryLimit = 0;
    return {
      ...rest,
      metadata: { ...metadata, namespace },
      spec: {
        ...spec,
        revisionHistoryLimit,
        template: { ...template, metadata: { ...template.metadata, annotations } },
      },
    };
  });
}

/** When the watch was told of the last Deployment with this stamp to become ready; milliseconds since the epoch. */
async function lastReady(
  client: KubernetesClient,
  namespace: string,
  stamp: string,
  signal: AbortSignal,
): Promise<number> {
  const ready = new Set<string>();
  const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };
  for await (const { object } of client.watch(kind, { namespace, signal })) {
    const now = Date.now();
    if (read(object, 'spec', 'template', 'metadata', 'annotations', STAMP) !== stamp) continue;
    if (judge(object).state === 'ready') ready.add(object.metadata.name);
    if (ready.size === COUNT) return now;
  }
  throw new Error('the watch ended');
}

async function byEngine(stage: Stage, engine: WindlassProcess, objects: KubernetesObject[]): Promise<number> {
  const manifests = join(stage.scratch, 'wait.yaml');
  writeFileSync(manifests, yamlOf(objects));
  const order = { verb: 'wait', kubeconfig: stage.cluster.kubeconfig, manifests } as const;
  return (await engine.tell(order)).returnedAt;
}

async function byKubectl(stage: Stage, client: KubernetesClient, objects: KubernetesObject[]): Promise<number> {
  await Promise.all(objects.map((object) => client.apply(object, { force: true })));
  const where = ['--kubeconfig', stage.cluster.kubeconfig, '--namespace', 'kubectl', '--selector', PART_OF];
  await kubectl(stage.rivals.kubectl, ['rollout', 'status', 'deployment', ...where, '--timeout', '120s']);
  return Date.now();
}

const PART_OF = 'app.kubernetes.io/part-of=bench';

/** The same objects as a chart. When Helm gives up, its lag was at least as long. */
async function byHelm(stage: Stage, objects: KubernetesObject[]): Promise<number> {
  const chart = join(stage.scratch, 'chart');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: bench\nversion: 1.0.0\n');
  writeFileSync(join(chart, 'templates', 'objects.yaml'), yamlOf(objects));
  const how = ['--install', '--wait', '--timeout', '120s'];
  const where = ['--kubeconfig', stage.cluster.kubeconfig, '--namespace', 'helm'];
  try {
    await output(stage.rivals.helm, ['upgrade', 'bench', chart, ...where, ...how]);
  } catch (error) {
    if (!(error instanceof Error) || !/context deadline|timed out/i.test(error.message)) throw error;
    stage.say('helm gave up after 120 s');
  }
  return Date.now();
}
