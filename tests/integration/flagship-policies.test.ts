import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Agent } from 'undici';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { read, readList, readText } from '../../src/domain/json-fields.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { ClusterApi } from '../../src/lab/cluster-api.ts';
import { labPaths } from '../../src/lab/directory.ts';
import { adminAgent } from '../../src/lab/probe.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { policyReportsEngine } from '../../src/kubernetes/policies/reports-engine.ts';
import {
  ADDED_TOOLS,
  killServer,
  labDown,
  labServer,
  labReset,
  labStatus,
  labUp,
  startServer,
  toolsAtHand,
} from '../../src/lab/index.ts';
import { contextOf, namespaceRef, specOf } from '../kubernetes/cluster.ts';
import { until } from '../support/poll.ts';

// A lab of its own: a policy that is in force, or whose Kyverno was killed, would be felt by every other test.
const parent = mkdtempSync(join(tmpdir(), 'windlass-policies-'));
// PostgreSQL runs as another user.
chmodSync(parent, 0o755);
const dir = join(parent, 'lab');
const built = (await toolsAtHand(ADDED_TOOLS.policies)).size === ADDED_TOOLS.policies.length;
const withKyverno = built ? describe : describe.skip;
if (!built) console.warn('Tests of policies (skipped: Kyverno is not built, `windlass lab tools --with policies`).');
const GOVERNED = 'governed';
const FREE = 'free';
let client: KubernetesClient;
let agent: Agent;
let api: ClusterApi;

const manifest = (name: string) =>
  readFileSync(new URL(`../../rollouts/254carbon/manifests/policies/${name}.yaml`, import.meta.url), 'utf8');
const apply = (text: string) => kubernetesApplyEngine(client).apply(specOf(GOVERNED), contextOf(text));
const GOOD = {
  name: 'main',
  image: 'example.test/app:1',
  resources: { requests: { cpu: '20m', memory: '1Mi' }, limits: { memory: '1Mi' } },
  securityContext: { allowPrivilegeEscalation: false },
};
const NAMED = { 'app.kubernetes.io/name': 'app' };

function pod(name: string, container: JsonObject = {}, labels: JsonObject = NAMED): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers: [{ ...GOOD, ...container }] },
  } as KubernetesObject;
}

function deployment(name: string, template: KubernetesObject): KubernetesObject {
  const { metadata, spec } = template as unknown as { metadata: { labels: JsonObject }; spec: JsonObject };
  const labels = { app: name, ...metadata.labels };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: { metadata: { labels }, spec } },
  };
}

/** Each object with the rule that it breaks, or none. */
const OBJECTS: readonly (readonly [string, KubernetesObject, string | null])[] = [
  ['a pod that keeps all of them', pod('good'), null],
  ['an image by its digest', pod('digest', { image: `example.test:5000/app@sha256:${'0'.repeat(64)}` }), null],
  ['an image of the tag latest', pod('latest', { image: 'example.test/app:latest' }), 'pinned-images'],
  ['an image without a tag, of a registry with a port', pod('untagged', { image: 'a.test:5000/app' }), 'pinned-images'],
  ['a privileged container', pod('privileged', { securityContext: { privileged: true } }), 'unprivileged'],
  ['no limit of memory', pod('unlimited', { resources: { requests: { cpu: '1m' } } }), 'memory-limits'],
  ['no name', pod('nameless', {}, { app: 'nobody' }), 'named'],
  ['a Deployment whose pods keep all', deployment('fine', pod('-')), null],
  ['a Deployment with the tag latest', deployment('moving', pod('-', { image: 'app:latest' })), 'pinned-images'],
  ['a Deployment without limits', deployment('hungry', pod('-', { resources: {} })), 'memory-limits'],
];

const placed = (object: KubernetesObject, namespace: string): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});
/** What the API server says, in its own words: null when it takes the object. Nothing is stored. */
async function refusal(object: KubernetesObject, namespace = GOVERNED): Promise<string | null> {
  const path = object.kind === 'Pod' ? '/api/v1/namespaces/*/pods' : '/apis/apps/v1/namespaces/*/deployments';
  const body = placed(object, namespace) as unknown as JsonObject;
  const { status, body: answer } = await api.send(`${path.replace('*', namespace)}?dryRun=All`, {
    method: 'POST',
    body,
  });
  return status === 201 ? null : (readText(answer, 'message') ?? String(status));
}

/** What reports say of each object by a policy. */
async function results(policy: string): Promise<ReadonlyMap<string, string>> {
  const reports = await client.list(
    { apiVersion: 'wgpolicyk8s.io/v1alpha2', kind: 'PolicyReport' },
    { namespace: GOVERNED },
  );
  return new Map(
    reports.flatMap((report) =>
      readList(report as unknown as JsonObject, 'results')
        .filter((result) => readText(result, 'policy') === policy)
        .map((result) => [
          readText(report as unknown as JsonObject, 'scope', 'name') ?? '',
          readText(result, 'result') ?? '',
        ]),
    ),
  );
}

async function webhooks(): Promise<readonly string[]> {
  const kinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
  const lists = await Promise.all(
    kinds.map((kind) => client.list({ apiVersion: 'admissionregistration.k8s.io/v1', kind })),
  );
  return lists.flat().map(({ metadata }) => metadata.name);
}

async function open(): Promise<void> {
  client = await openKubernetes({ kubeconfig: readFileSync(join(dir, 'kubeconfig'), 'utf8') });
  agent = adminAgent(labPaths(dir));
  api = new ClusterApi(`https://127.0.0.1:${String(labServer(dir, 'kube-apiserver').ports['https'])}`, agent);
}

async function close(): Promise<void> {
  await client.close();
  await agent.close();
}

beforeAll(async () => {
  if (!built) return;
  await labUp({ dir, with: ['policies'] });
  await open();
  const labels = { 'app.kubernetes.io/part-of': 'data-platform' };
  await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: GOVERNED, labels } });
  await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: FREE } });
});
afterAll(async () => {
  if (!built) return;
  await close();
  await labReset(dir);
});

withKyverno('the policies of the platform, by a real Kyverno', () => {
  test('fill in what a pod comes without, and leave what it says', async () => {
    await apply(manifest('mutating'));
    const bare = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare' } };
    const containers = [{ name: 'main', image: 'app:1' }];
    const filled = await client.apply(placed({ ...bare, spec: { containers } }, GOVERNED));
    expect(filled.metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'data-platform' });
    expect(read(filled as unknown as JsonObject, 'spec', 'containers')).toMatchObject([
      {
        image: 'app:1',
        resources: { requests: { cpu: '10m', memory: '64Mi' } },
        securityContext: { allowPrivilegeEscalation: false, seccompProfile: { type: 'RuntimeDefault' } },
      },
    ]);
    const kept = await client.apply(placed(pod('kept'), GOVERNED));
    expect(read(kept as unknown as JsonObject, 'spec', 'containers')).toMatchObject([GOOD]);
    const free = await client.apply(placed({ ...bare, spec: { containers } }, FREE));
    expect(free.metadata.labels ?? {}).not.toHaveProperty(['app.kubernetes.io/part-of']);
    await client.delete({ ...bare, name: 'bare', namespace: GOVERNED });
  });

  test('refuse nothing in Audit, and reports say of each object what would be refused', async () => {
    await apply(manifest('audit'));
    for (const [, object] of OBJECTS) await client.apply(placed(object, GOVERNED));
    for (const policy of ['pinned-images', 'unprivileged', 'memory-limits', 'named'])
      for (const [, { kind, metadata }, broken] of OBJECTS) {
        if (kind !== 'Pod') continue;
        const said = await until(async () => (await results(`audit-${policy}`)).get(metadata.name));
        expect([metadata.name, policy, said]).toEqual([metadata.name, policy, broken === policy ? 'fail' : 'pass']);
      }
  });

  test('are answered for before they refuse: the step names each object that they would refuse', async () => {
    const engine = policyReportsEngine(client);
    const spec = { policies: ['audit-pinned-images', 'audit-named'], within: '2m' };
    const changes = await engine.plan(spec, contextOf(''));
    expect(changes).toContainEqual(
      expect.objectContaining({
        what: `acceptance of audit-pinned-images: Pod ${GOVERNED}/latest would be refused`,
        asks: 'policy violation',
      }),
    );
    expect(changes.map(({ what }) => what).join()).not.toContain(`${GOVERNED}/good `);
    const findings = await engine.verify(spec, contextOf(''));
    expect(findings.map(({ holds }) => holds)).toEqual([false, false]);
    const missing = await engine.plan({ policies: ['nobody'], within: '1s' }, contextOf(''));
    expect(missing.map(({ action }) => action)).toEqual(['unknown']);
  });

  test.each(OBJECTS)('decide in Deny: %s', async (_, object, broken) => {
    await apply(manifest('enforced'));
    const said = await refusal({ ...object, metadata: { ...object.metadata, name: `new-${object.metadata.name}` } });
    if (broken === null) expect(said).toBeNull();
    else expect(said).toContain(`require-${broken}`);
    expect(await refusal(object, FREE)).toBeNull();
  });

  test('tell a step which webhook denied it, and what is there already stays', async () => {
    const bad = placed(pod('denied', { image: 'app:latest' }), GOVERNED);
    const failure: unknown = await kubernetesApplyEngine(client)
      .apply(specOf(GOVERNED), contextOf([bad]))
      .catch((error: unknown) => error);
    if (!(failure instanceof WindlassFailure)) throw new Error('it was applied');
    expect(failure.summary()).toMatchObject({ type: 'AdmissionDenied', retryable: false });
    // Kyverno asks one webhook about policies of both kinds of failurePolicy: which of its two names it answers by is chance.
    expect(failure.message).toContain('vpol.validate.kyverno.svc');
    expect(await client.get({ ...bad, name: 'latest', namespace: GOVERNED })).not.toBeNull();
  });

  test('of a Kyverno that was killed hold up what they are about alone, until it is back', async () => {
    await killServer(dir, 'kyverno');
    const failure: unknown = await kubernetesApplyEngine(client)
      .apply(specOf(GOVERNED), contextOf([placed(pod('late'), GOVERNED)]))
      .catch((error: unknown) => error);
    if (!(failure instanceof WindlassFailure)) throw new Error('it was applied');
    expect(failure.summary()).toMatchObject({ type: 'ServerError', retryable: true });
    expect(failure.message).toContain('vpol.validate.kyverno.svc-fail');
    expect(await refusal(pod('late'), FREE)).toBeNull();
    const { servers } = await labStatus(dir);
    expect(servers.find(({ name }) => name === 'kyverno')?.state).toBe('stopped');
    await startServer(dir, 'kyverno');
    expect(await refusal(pod('late'))).toBeNull();
    // It answers before it has read its policies.
    await until(async () =>
      (await refusal(pod('late', { image: 'app:latest' })))?.includes('require-pinned-images') === true ? true : null,
    );
  });

  test('are of no effect in a lab without them: no webhook is left, not even after a kill', async () => {
    expect((await webhooks()).filter((name) => name.startsWith('kyverno-'))).not.toEqual([]);
    await close();
    await killServer(dir, 'kyverno');
    await killServer(dir, 'kube-apiserver');
    await labDown(dir);
    await labUp({ dir });
    await open();
    expect((await webhooks()).filter((name) => name.startsWith('kyverno-'))).toEqual([]);
    expect(await refusal(pod('free-again', { image: 'app:latest' }))).toBeNull();
    await client.delete(namespaceRef(FREE));
  });
});
