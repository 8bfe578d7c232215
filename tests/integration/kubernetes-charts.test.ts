import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { loadedFiles } from '../../src/bundle/files.ts';
import { saveBundle } from '../../src/bundle/store.ts';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { asToldBefore } from '../../src/bundle/told.ts';
import { loadOrRefuse } from '../../src/cli/load.ts';
import { findStep } from '../../src/domain/bundle.ts';
import { readText } from '../../src/domain/json-fields.ts';
import type { KubernetesApplySpec } from '../../src/domain/kinds/kubernetes-apply.ts';
import type { AskCluster, Renderer } from '../../src/domain/rendering.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { ensureTools } from '../../src/lab/index.ts';
import { rendererWith } from '../../src/render/index.ts';
import { openStore } from '../../src/store/open.ts';
import { clusterAsker } from '../../src/steps/ask-cluster.ts';
import { contextOf, freshName, namespaceRef, type Attempt } from '../kubernetes/cluster.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let renderer: Renderer;
let clusters: AskCluster;
let directory: string;
let ns: string;

beforeAll(async () => {
  const tools = await ensureTools(['chart-renderer']);
  renderer = rendererWith((name) => Promise.resolve(tools.get(name as 'chart-renderer') ?? name));
  client = await openLabCluster();
  clusters = clusterAsker({ KUBECONFIG: process.env['WINDLASS_LAB_KUBECONFIG'] });
}, 600_000);
afterAll(() => client.close());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windlass-charts-'));
  ns = freshName('chart');
  await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ns } });
});
afterEach(async () => {
  await client.delete(namespaceRef(ns));
  await rm(directory, { recursive: true });
});

const kubernetes = { kind: 'kubernetes', kubeconfig: { fromEnvFile: 'KUBECONFIG' } };

/** Writes a rollout with one chart of these templates; the step is as `more` says. */
async function write(
  templates: Readonly<Record<string, string>>,
  more: { helm?: object; secrets?: object; manifests?: readonly object[] } = {},
) {
  const common = { apiVersion: 'windlass.dev/v1alpha1' };
  const { helm = {}, secrets = {}, manifests = [] } = more;
  const own = manifests.map((manifest, index) => [`own/${String(index)}.yaml`, stringify(manifest)] as const);
  const named = own.length === 0 ? {} : { manifests: own.map(([path]) => path) };
  const step = {
    namespace: ns,
    wait: false,
    helm: { chart: 'shop', release: 'r', ...helm },
    secrets,
    ...named,
  };
  const steps = [{ name: 'shop', kind: 'kubernetes.apply', target: 'cluster', with: step }];
  const spec = { targets: { cluster: { kind: 'kubernetes' } }, phases: [{ name: 'p', steps }] };
  const files = {
    'rollout.yaml': stringify({ ...common, kind: 'Rollout', metadata: { name: 'charts' }, spec }),
    'environments/lab.yaml': stringify({
      ...common,
      kind: 'Environment',
      metadata: { name: 'lab' },
      spec: {
        targets: { cluster: kubernetes },
        ...(JSON.stringify(more).includes('"token"') ? { secrets: { token: { fromEnv: 'TOKEN' } } } : {}),
      },
    }),
    'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    ...Object.fromEntries(own),
    ...Object.fromEntries(Object.entries(templates).map(([name, text]) => [`shop/templates/${name}`, text])),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

async function load(ask: AskCluster = clusters): Promise<LoadedRollout> {
  const loaded = await loadRollout(directory, 'lab', { parameters: {}, renderer, clusters: ask });
  if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
  return loaded;
}

/** The step of a loaded rollout with its engine. */
function opened(loaded: LoadedRollout, attempt: Attempt = {}) {
  const engine = kubernetesApplyEngine(client);
  const spec = findStep(loaded.bundle, 'p', 'shop')?.with as KubernetesApplySpec;
  const context = {
    ...contextOf([], attempt),
    files: loadedFiles(loaded),
    resolve: () => Promise.resolve('from-token'),
  };
  return {
    plan: () => engine.plan(spec, context),
    apply: () => engine.apply(spec, context),
    verify: () => engine.verify(spec, context),
  };
}

async function secret(name: string): Promise<Readonly<Record<string, string>>> {
  const live = await client.get({ apiVersion: 'v1', kind: 'Secret', namespace: ns, name });
  const data = Object.entries((live?.data ?? {}) as Record<string, string>);
  return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

async function unchanged(loaded: LoadedRollout): Promise<void> {
  const changes = await opened(loaded).plan();
  expect(changes.map(({ action, what, detail }) => [what, action, detail])).toEqual(
    changes.map(({ what }) => [what, 'unchanged', undefined]),
  );
}

const MADE_UP = {
  '_helpers.tpl': `{{- define "shop.password" -}}
{{- $old := lookup "v1" "Secret" .Release.Namespace "login" -}}
{{- if $old -}}{{ index $old.data "password" }}{{- else -}}{{ randAlphaNum 16 | b64enc }}{{- end -}}
{{- end -}}`,
  'login.yaml': `{{- $shared := randAlphaNum 24 }}
apiVersion: v1
kind: Secret
metadata: { name: login }
data:
  password: {{ include "shop.password" . }}
  shared: {{ $shared | b64enc }}
  id: {{ uuidv4 | b64enc }}
---
apiVersion: v1
kind: Secret
metadata: { name: url }
stringData:
  url: "postgres://app:{{ $shared }}@db/app"
`,
  'deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 0
  selector: { matchLabels: { app: web } }
  template:
    metadata:
      labels: { app: web }
      annotations:
        checksum/login: {{ include (print $.Template.BasePath "/login.yaml") . | sha256sum }}
        rollme: {{ randAlphaNum 5 | quote }}
    spec: { containers: [{ name: web, image: web }] }
`,
};
const AS_RENDERED = { secrets: { url: { url: { asRendered: true } } } };

describe('what a chart makes up', () => {
  test('is made at the first apply, is in no bundle, plan or evidence, and is kept from then on', async () => {
    await write(MADE_UP, AS_RENDERED);
    const loaded = await load();
    const step = opened(loaded);
    const told = [await step.plan(), await step.apply(), await step.verify()];
    const [login, { url }] = [await secret('login'), await secret('url')];
    expect(login['password']).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(login['id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(url).toBe(`postgres://app:${login['shared'] ?? ''}@db/app`);
    for (const value of Object.values(login))
      for (const text of [value, Buffer.from(value).toString('base64')])
        expect(JSON.stringify([loaded.bundle, [...loaded.files], told])).not.toContain(text);
    await unchanged(loaded);
    const again = await load();
    expect(again.digest).toBe(loaded.digest);
    await unchanged(again);
    expect(await secret('login')).toEqual(login);
  });

  test('is the same in every place when an attempt ends in the middle', async () => {
    await write(MADE_UP, AS_RENDERED);
    const loaded = await load();
    await opened(loaded).apply();
    const before = await secret('login');
    await client.delete({ apiVersion: 'v1', kind: 'Secret', namespace: ns, name: 'url' });
    await opened(loaded).apply();
    expect(await secret('login')).toEqual(before);
    expect(await secret('url')).toEqual({ url: `postgres://app:${before['shared'] ?? ''}@db/app` });
    // The other way round, a value is found inside of the text that holds it.
    await client.delete({ apiVersion: 'v1', kind: 'Secret', namespace: ns, name: 'login' });
    await opened(loaded).apply();
    expect((await secret('login'))['shared']).toBe(before['shared']);
  });

  test('is left as it is where an earlier installation made it, also when the text around it is another', async () => {
    await write(MADE_UP, AS_RENDERED);
    const data = { password: btoa('from-an-earlier-one'), shared: btoa('x'.repeat(9)), id: btoa('1') };
    await client.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: ns, name: 'login' }, data });
    await opened(await load()).apply();
    expect(await secret('login')).toEqual({ password: 'from-an-earlier-one', shared: 'xxxxxxxxx', id: '1' });
    const longer = MADE_UP['login.yaml'].replace('@db/app', '@db/other');
    await write({ ...MADE_UP, 'login.yaml': longer }, AS_RENDERED);
    await opened(await load()).apply();
    expect(await secret('url')).toEqual({ url: 'postgres://app:xxxxxxxxx@db/other' });
  });

  test('is not made anew where it cannot be found in what somebody wrote in its place', async () => {
    const only = `apiVersion: v1
kind: Secret
metadata: { name: only }
stringData:
  config: "cookie = {{ randAlphaNum 32 }}"
`;
    await write({ 'only.yaml': only }, { secrets: { only: { config: { asRendered: true } } } });
    const data = { config: btoa('somebody=else') };
    await client.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: ns, name: 'only' }, data });
    await expect(opened(await load()).plan()).rejects.toMatchObject({
      type: 'InvalidManifest',
      options: { object: `Secret ${ns}/only`, next: expect.stringContaining('Map the key') },
    });
  });

  test('signs: an authority, what it signs, and the webhook that trusts it are of one making', async () => {
    const hook = freshName('hook');
    const template = `{{- $ca := genCA "shop-ca" 365 }}
{{- $cert := genSignedCert "shop" (list "127.0.0.1") (list "shop.svc" "shop") 365 $ca }}
apiVersion: v1
kind: Secret
metadata: { name: tls }
type: kubernetes.io/tls
data:
  tls.crt: {{ $cert.Cert | b64enc }}
  tls.key: {{ $cert.Key | b64enc }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: ${hook} }
webhooks:
  - name: shop.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Ignore
    clientConfig: { caBundle: {{ $ca.Cert | b64enc }}, service: { name: shop, namespace: shop } }
    rules: [{ apiGroups: [shop.example.com], apiVersions: [v1], operations: [CREATE], resources: [shops] }]
`;
    await write({ 'tls.yaml': template });
    const loaded = await load();
    const ref = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', name: hook };
    const authority = async (): Promise<X509Certificate> => {
      const [first] = ((await client.get(ref)) as unknown as { webhooks: { clientConfig: { caBundle: string } }[] })
        .webhooks;
      return new X509Certificate(Buffer.from(first?.clientConfig.caBundle ?? '', 'base64'));
    };
    try {
      await opened(loaded).apply();
      const cert = new X509Certificate((await secret('tls'))['tls.crt'] ?? '');
      expect(cert.verify((await authority()).publicKey)).toBe(true);
      expect(cert.subjectAltName).toBe('IP Address:127.0.0.1, DNS:shop.svc, DNS:shop');
      await unchanged(await load());
      // Only the webhook knows the authority: without it, all of them are made anew.
      await client.delete(ref);
      await opened(loaded).apply();
      const renewed = new X509Certificate((await secret('tls'))['tls.crt'] ?? '');
      expect(renewed.serialNumber).not.toBe(cert.serialNumber);
      expect(renewed.verify((await authority()).publicKey)).toBe(true);
    } finally {
      await client.delete(ref);
    }
  });
});

describe('a configuration in a Secret', () => {
  const config = {
    'config.yaml': `apiVersion: v1
kind: Secret
metadata: { name: config }
stringData:
  config.yaml: |
    server: { port: 8080 }
    remote: { token: {{ .Values.remote.token | quote }} }
`,
  };
  const asRendered = { config: { 'config.yaml': { asRendered: true } } };

  test('has its secrets by reference, and the rest as it was rendered', async () => {
    await write(config, { helm: { secretValues: { 'remote.token': { secret: 'token' } } }, secrets: asRendered });
    const loaded = await load();
    await opened(loaded).apply();
    expect(await secret('config')).toEqual({
      'config.yaml': 'server: { port: 8080 }\nremote: { token: "from-token" }\n',
    });
    await unchanged(loaded);
  });

  test('is refused while a secret is written down in it', async () => {
    await write(config, { helm: { values: { remote: { token: 'hunter2' } } }, secrets: asRendered });
    const message = load().then(String, String);
    expect(await message).toContain('has, as rendered, a secret value under "config.yaml" (the setting token)');
    expect(await message).not.toContain('hunter2');
  });

  test('must not come out where everybody reads it', async () => {
    const open = {
      'open.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { a: {{ .Values.a }} }\n',
    };
    await write(open, { helm: { secretValues: { a: { secret: 'token' } } } });
    await expect(load()).rejects.toThrow('ConfigMap a (shop/templates/open.yaml) has another data.a every time');
  });
});

describe('what a chart asks of its cluster', () => {
  const asks = {
    'asks.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: asks }
data:
  deployment: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | quote }}
  gone: {{ .Capabilities.APIVersions.Has "extensions/v1beta1" | quote }}
  velero: {{ .Capabilities.APIVersions.Has "velero.io/v1/Backup" | quote }}
  version: {{ .Capabilities.KubeVersion.Version | quote }}
  new: {{ semverCompare ">=1.35-0" .Capabilities.KubeVersion.Version | quote }}
`,
  };
  const answers = (loaded: LoadedRollout) => [...loaded.files.values()].join('');

  test('is answered as the cluster is, and recorded as far as it was asked', async () => {
    await write(asks);
    const version = readText(await client.readJson('/version'), 'gitVersion') ?? '';
    const loaded = await load();
    for (const line of ['deployment: "true"', 'gone: "false"', 'velero: "true"', `version: ${version}`, 'new: "true"'])
      expect(answers(loaded)).toContain(line);
    expect(loaded.bundle.told).toEqual({
      'p/shop': {
        kubeVersion: version,
        apiVersions: ['apps/v1', 'apps/v1/Deployment', 'v1', 'velero.io/v1', 'velero.io/v1/Backup'],
      },
    });
    expect((await load(asToldBefore(loaded.bundle))).digest).toBe(loaded.digest);
  });

  test('is what a bundle was told, for whoever gives its digest, wherever the cluster is', async () => {
    await write(asks);
    const loaded = await load();
    const store = await mkdtemp(join(tmpdir(), 'windlass-store-'));
    try {
      const env = { WINDLASS_STORE: pathToFileURL(store).href, KUBECONFIG: '/nowhere' };
      const again = (digest: string) => loadOrRefuse({ env }, directory, 'lab', {}, digest);
      await expect(again(loaded.digest)).rejects.toMatchObject({ type: 'BundleMissing' });
      await saveBundle(openStore(env.WINDLASS_STORE, null), loaded);
      expect((await again(loaded.digest)).digest).toBe(loaded.digest);
    } finally {
      await rm(store, { recursive: true });
    }
  });

  test('has the kinds that the rollout itself defines, before the cluster has them and after', async () => {
    const group = `${ns}.example.com`;
    const asksForThings = {
      'asks.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: asks }
data: { thing: {{ .Capabilities.APIVersions.Has "${group}/v1/Thing" | quote }} }
`,
    };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `things.${group}` },
      spec: {
        ...{ group, scope: 'Namespaced', names: { kind: 'Thing', plural: 'things' } },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    await write(asksForThings, { manifests: [definition] });
    const first = await load();
    expect(answers(first)).toContain('thing: "true"');
    try {
      await opened(first).apply();
      expect((await load()).digest).toBe(first.digest);
    } finally {
      await client.delete({ ...definition, name: definition.metadata.name });
    }
  });

  test('is what the step says where it says so', async () => {
    await write(asks, { helm: { kubeVersion: '1.30', apiVersions: ['extensions/v1beta1'] } });
    const loaded = await load();
    expect(answers(loaded)).toContain('gone: "true"');
    expect(answers(loaded)).toContain('version: v1.30');
    expect(loaded.bundle.told).toBeUndefined();
  });

  test('is told to be unknown where no cluster answers', async () => {
    await write(asks);
    const loaded = await load(clusterAsker({}));
    expect(loaded.notes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/the target "cluster" did not say so .* the chart is told Kubernetes 1\.36/),
    ]);
  });
});
