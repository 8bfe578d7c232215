import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { judge } from '../../src/kubernetes/status/judge.ts';
import { conditionOf } from '../../src/kubernetes/status/status.ts';
import { GRACES } from '../../src/kubernetes/wait/suspicion.ts';
import { waitUntilReady } from '../../src/kubernetes/wait/wait.ts';
import { labPaths } from '../../src/lab/directory.ts';
import {
  killServer,
  labDown,
  labReset,
  labServer,
  labUp,
  nodeLacks,
  REAL_NODE,
  startServer,
} from '../../src/lab/index.ts';
import { hierarchies, processesBelow } from '../../src/lab/node/cgroups.ts';
import { mountsBelow } from '../../src/lab/node/mounts.ts';
import { nodeNames } from '../../src/lab/node/names.ts';
import { adminAgent } from '../../src/lab/probe.ts';
import { markedProcesses } from '../../src/lab/processes/mark.ts';
import { POD_SCENARIOS } from '../support/pod-scenarios.ts';
import type { PodScenarioName } from '../support/pod-scenarios.ts';
import { labIsUp } from '../support/lab-is-up.ts';
import { until } from '../support/poll.ts';
import { RealPods } from '../support/real-pods.ts';

const lacks = nodeLacks();
const onRealNode = lacks.length === 0 ? describe : describe.skip;
const why = lacks.length === 0 ? '' : ` (skipped: this machine cannot have one, it lacks ${lacks.join(', ')})`;
if (why !== '') console.warn(`Tests of the real node${why}.`);

/** A lab of its own: the node is killed, and nothing of it may remain. */
const parent = mkdtempSync(join(tmpdir(), 'windlass-node-'));
// PostgreSQL runs as another user.
chmodSync(parent, 0o755);
const dir = join(parent, 'lab');
const paths = labPaths(dir);
const names = nodeNames(paths);
const NODE_SERVERS = ['node-gateway', 'containerd', 'kubelet', 'velero-pods'] as const;

/** Where what a real kubelet shows is kept, when this is set: a run without it changes no file. */
const record = process.env['WINDLASS_RECORD_FIXTURES'];

let client: KubernetesClient;
let pods: RealPods;
const outcomes = new Map<string, Promise<Outcome>>();

/** How a wait for one pod ended. */
interface Outcome {
  readonly ready: string | null;
  readonly type: string | null;
  readonly message: string;
}

/** Trouble is a verdict as soon as it is seen, where no test is about patience. */
const IMPATIENT = Object.fromEntries(
  Object.entries(GRACES).map(([name, ms]) => [name, Math.min(Number(ms), 2_000)]),
) as unknown as typeof GRACES;

/** A container without probes is Ready as soon as it runs: one that ends soon after is found out by this window only. */
const STABLE_MS = 4_000;
/** Those that run well for a while first, the longer the slower the machine is. */
const LATE: ReadonlySet<string> = new Set(['crash-loop', 'out-of-memory', 'liveness-failing']);
const LATE_STABLE_MS = 30_000;

async function outcomeOf(
  pod: KubernetesObject,
  withinMs: number,
  graces: typeof GRACES,
  stableForMs: number,
): Promise<Outcome> {
  const { signal } = new AbortController();
  try {
    const options = { withinMs, signal, graces, stableForMs, progress: () => undefined };
    const [last] = (await waitUntilReady([pod], client, options)).values();
    return { ready: judge(last!).reason, type: null, message: '' };
  } catch (error) {
    if (!(error instanceof WindlassFailure)) throw error;
    return { ready: null, type: error.type, message: error.message };
  }
}

onRealNode(`a real node${why}`, () => {
  beforeAll(async () => {
    await labUp({ dir, with: ['node'] });
    client = await openKubernetes({ kubeconfig: readFileSync(paths.kubeconfig, 'utf8') });
    pods = new RealPods(client);
    for (const [name, pod] of await pods.start()) {
      const patient = name === 'slow-start' || name === 'sound';
      const stableForMs = LATE.has(name) ? LATE_STABLE_MS : STABLE_MS;
      outcomes.set(name, outcomeOf(pod, 100_000, patient ? GRACES : IMPATIENT, stableForMs));
    }
  }, 600_000);

  afterAll(async () => {
    await labReset(dir);
    await client.close();
    rmSync(parent, { recursive: true });
  });

  test('is Ready beside the simulated ones, and shown with its servers', async () => {
    const { servers } = await labIsUp(dir);
    expect(servers.map(({ name }) => name)).toEqual(expect.arrayContaining([...NODE_SERVERS]));
    const nodes = await client.list({ apiVersion: 'v1', kind: 'Node' });
    expect(nodes.map(({ metadata }) => metadata.name).toSorted()).toEqual(['lab-node-1', 'lab-node-2', REAL_NODE]);
  });

  const stalled = (message: RegExp) => ({ ready: null, type: 'Stalled', message: expect.stringMatching(message) });
  const ready = (reason: RegExp) => ({ ready: expect.stringMatching(reason), type: null });

  test.each<[PodScenarioName, object]>([
    ['sound', ready(/ready/i)],
    ['slow-start', ready(/ready/i)],
    ['ends-by-itself', ready(/./)],
    ['image-never-pulled', stalled(/container main: ErrImageNeverPull/)],
    ['image-pull-failure', stalled(/container main: (ErrImagePull|ImagePullBackOff)/)],
    ['image-name-invalid', stalled(/container main: InvalidImageName/)],
    ['config-missing', stalled(/container main: CreateContainerConfigError.*"not-there" not found/)],
    ['command-missing', stalled(/container main: /)],
    ['crash-loop', stalled(/container main: CrashLoopBackOff.*exit code 3/)],
    ['out-of-memory', stalled(/container main: OOMKilled/)],
    ['liveness-failing', stalled(/container main: ProbeKilled.*Liveness probe failed/)],
    ['init-failing', stalled(/container setup: CrashLoopBackOff.*exit code 1/)],
    ['volume-unbound', stalled(/VolumeUnbound.*unbound/)],
    ['unschedulable', stalled(/Unschedulable.*Insufficient cpu/)],
    ['fails-for-good', stalled(/failed/)],
    ['readiness-failing', stalled(/container main: ProbeFailing.*Readiness probe failed.*503/)],
    ['volume-missing', stalled(/FailedMount.*"not-there" not found/)],
  ])('%s', async (name, expected) => {
    expect(await outcomes.get(name)).toMatchObject(expected);
  });

  test('evicted: the pod is told to be disrupted, is no longer ready and goes', async () => {
    await outcomes.get('evicted');
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted' } };
    expect(await post(`/api/v1/namespaces/${pods.namespace}/pods/evicted/eviction`, eviction)).toBe(201);
    const leaving = await pods.podThat('evicted', ({ metadata }) => metadata['deletionTimestamp'] !== undefined);
    expect(conditionOf(leaving, 'DisruptionTarget')).toMatchObject({ status: 'True', reason: 'EvictionByEvictionAPI' });
    expect(judge(leaving).state).toBe('terminating');
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: pods.namespace, name: 'evicted' };
    await until(async () => (await client.get(ref)) === null);
  });

  test('gone: its pods are not taken for ready; with the kubelet back they are again', async () => {
    await outcomes.get('node-gone');
    // Before, since a kubelet that is started again reports all pods anew.
    if (record !== undefined) await keep(record, Object.keys(POD_SCENARIOS) as PodScenarioName[]);
    await killServer(dir, 'kubelet');
    const unready = (pod: KubernetesObject) => conditionOf(pod, 'Ready')?.status === 'False';
    expect(judge(await pods.podThat('node-gone', unready)).state).not.toBe('ready');
    const node = await client.get({ apiVersion: 'v1', kind: 'Node', name: REAL_NODE });
    expect(conditionOf(node!, 'Ready')).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown' });
    await startServer(dir, 'kubelet');
    await pods.podThat('node-gone', (pod) => judge(pod).state === 'ready');
  });

  test('leaves nothing on the machine when the lab is brought down', async () => {
    if (record !== undefined) await keep(record, ['node-gone']);
    await pods.stop();
    expect(processesBelow(names.cgroup).length).toBeGreaterThan(0);
    await labDown(dir);
    expect(processesBelow(names.cgroup)).toEqual([]);
    expect(hierarchies().filter(({ path }) => existsSync(join(path, names.cgroup)))).toEqual([]);
    expect(mountsBelow(dir)).toEqual([]);
    expect(existsSync(`/sys/class/net/${names.bridge}`)).toBe(false);
    expect([...markedProcesses(paths, [...NODE_SERVERS]).values()].flat()).toEqual([]);
    expect(linksInto(dir)).toEqual([]);
  });
});

async function post(path: string, body: object): Promise<number> {
  const agent = adminAgent(paths);
  try {
    const address = `https://127.0.0.1:${String(labServer(dir, 'kube-apiserver').ports['https'])}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await request(`${address}${path}`, {
      ...{ dispatcher: agent, method: 'POST', headers, body: JSON.stringify(body) },
    });
    await answer.body.dump();
    return answer.statusCode;
  } finally {
    await agent.close();
  }
}

async function keep(directory: string, scenarios: readonly PodScenarioName[]): Promise<void> {
  mkdirSync(directory, { recursive: true });
  for (const name of scenarios)
    writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(await pods.seen(name), undefined, 2)}\n`);
}

/** Links that a kubelet makes to the logs of its containers. */
function linksInto(directory: string): string[] {
  const links = '/var/log/containers';
  if (!existsSync(links)) return [];
  return readdirSync(links).filter((name) => readlinkSync(join(links, name)).startsWith(directory));
}
