import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { loadedFiles } from '../../src/bundle/files.ts';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { findStep } from '../../src/domain/bundle.ts';
import { readObject } from '../../src/domain/json-fields.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { ChartRequest, RenderedDocument, Renderer, Rendering } from '../../src/domain/rendering.ts';
import { loadManifests } from '../../src/kubernetes/manifests/load.ts';
import { scratchDirectory } from './scratch.ts';

const CHART = { 'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' };

/** A rollout whose one step `shop` has the given `with`, and whose environment knows the secret `password`. */
async function rolloutWith(
  settings: object,
  files: Readonly<Record<string, string>> = CHART,
  more: readonly object[] = [],
): Promise<{ path: string } & AsyncDisposable> {
  const scratch = await scratchDirectory();
  const step = { name: 'shop', kind: 'kubernetes.apply', target: 'cluster', with: settings };
  const common = { apiVersion: 'windlass.dev/v1alpha1' };
  const rollout = {
    ...common,
    kind: 'Rollout',
    metadata: { name: 'test' },
    spec: {
      parameters: { replicas: { default: 3 } },
      targets: { cluster: { kind: 'kubernetes' }, other: { kind: 'kubernetes' } },
      phases: [{ name: 'app', steps: [step, ...more] }],
    },
  };
  const secrets = JSON.stringify(settings).includes('"secret":"password"')
    ? { password: { fromEnv: 'SHOP_PASSWORD' } }
    : {};
  const environment = {
    ...common,
    kind: 'Environment',
    metadata: { name: 'lab' },
    spec: { targets: { cluster: { kind: 'kubernetes' }, other: { kind: 'kubernetes' } }, secrets },
  };
  const all = { 'rollout.yaml': stringify(rollout), 'environments/lab.yaml': stringify(environment), ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(scratch.path, path)), { recursive: true });
    await writeFile(join(scratch.path, path), text);
  }
  return scratch;
}

const helm = (more: object = {}) => ({ helm: { chart: 'charts/shop', release: 'shop', ...more } });

function object(kind: string, name: string, more: JsonObject = {}, annotations?: JsonObject): JsonObject {
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'v1';
  return { apiVersion, kind, metadata: { name, ...(annotations ? { annotations } : {}) }, ...more };
}

const from = (source: string, value: JsonObject): RenderedDocument => ({ source: `shop/templates/${source}`, value });
const hook = (name: string, events: string, weight = '0', kind = 'Job') =>
  from(`${name}.yaml`, object(kind, name, {}, { 'helm.sh/hook': events, 'helm.sh/hook-weight': weight }));

/** Renders what it is told to; `asked` are the requests that it got. */
function rendererOf(
  render: readonly RenderedDocument[] | ((call: number) => Rendering),
): Renderer & { readonly asked: ChartRequest[] } {
  const asked: ChartRequest[] = [];
  let calls = 0;
  const answer = (): Rendering =>
    typeof render === 'function' ? render((calls += 1)) : { ok: true, documents: render };
  return {
    asked,
    chart: (request) => {
      asked.push(request);
      return Promise.resolve(answer());
    },
    kustomization: () => Promise.resolve(answer()),
  };
}

async function load(path: string, renderer?: Renderer): Promise<LoadedRollout> {
  const loaded = await loadRollout(path, 'lab', { parameters: {}, ...(renderer ? { renderer } : {}) });
  if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
  return loaded;
}

async function problems(path: string, renderer?: Renderer): Promise<readonly string[]> {
  const loaded = await loadRollout(path, 'lab', { parameters: {}, ...(renderer ? { renderer } : {}) });
  return loaded.ok ? [] : loaded.problems.map(({ message }) => message);
}

const web = from('web.yaml', object('ConfigMap', 'web', { data: { a: '1' } }));

describe('a step with a chart', () => {
  test('has the objects that the chart comes to in its bundle, one file for each template, and no chart', async () => {
    await using rollout = await rolloutWith(helm({ values: { colour: 'red' } }), {
      ...CHART,
      'charts/shop/values.yaml': 'colour: blue\n',
    });
    const second = from('web.yaml', object('ConfigMap', 'more'));
    const { bundle, files } = await load(rollout.path, rendererOf([web, second]));
    expect(Object.keys(bundle.files)).toEqual(['rendered/app/shop/shop/templates/web.yaml']);
    expect(files.get('rendered/app/shop/shop/templates/web.yaml')).toContain('name: web');
    expect(files.get('rendered/app/shop/shop/templates/web.yaml')).toContain('---\napiVersion: v1\nkind: ConfigMap');
    expect(findStep(bundle, 'app', 'shop')?.with).toMatchObject({ manifests: ['rendered/app/shop'] });
    expect(JSON.stringify(bundle)).not.toMatch(/charts\/shop|colour|helm/);
  });

  test('has every object that was rendered applied, also those whose template is in a hidden place', async () => {
    await using rollout = await rolloutWith(helm());
    const documents = ['web.yaml', '.web.yaml', '.base/web.yaml', 'a/.b/NOTES', 'x.YAML'].map((source, index) =>
      from(source, object('ConfigMap', `web-${String(index)}`)),
    );
    const loaded = await load(rollout.path, rendererOf(documents));
    const applied = await loadManifests(['rendered/app/shop'], loadedFiles(loaded));
    expect(applied.map(({ object: { metadata } }) => metadata.name).sort()).toEqual(
      documents.map(({ value }) => readObject(value['metadata'])['name']),
    );
  });

  test('is rendered with its files and values, the later ones over the earlier ones, parameters filled in', async () => {
    await using rollout = await rolloutWith(
      { namespace: 'stores', ...helm({ valuesFiles: ['values.yaml'], values: { b: 2 }, apiVersions: ['x/v1'] }) },
      {
        ...CHART,
        'charts/shop/templates/a.yaml': '{{ .Values.a }}{{ .Values.b }}',
        'values.yaml': 'a: ${{ parameters.replicas }}\n',
      },
    );
    const renderer = rendererOf([web]);
    await load(rollout.path, renderer);
    expect(renderer.asked).toHaveLength(2);
    expect(renderer.asked[0]).toMatchObject({
      chart: 'charts/shop',
      release: 'shop',
      namespace: 'stores',
      values: ['a: 3\n', '{"b":2}'],
      includeCRDs: true,
      kubeVersion: '1.36',
      served: null,
      apiVersions: ['x/v1'],
    });
    expect([...(renderer.asked[0]?.files.keys() ?? [])]).toEqual([
      'charts/shop/Chart.yaml',
      'charts/shop/templates/a.yaml',
    ]);
  });

  test('is refused where nothing can render it', async () => {
    await using rollout = await rolloutWith(helm());
    expect(await problems(rollout.path)).toEqual(['nothing here can render charts or kustomizations']);
  });

  test('has the errors of its templates where they stand', async () => {
    await using rollout = await rolloutWith(helm(), { ...CHART, 'charts/shop/templates/web.yaml': '{{ fail "no" }}' });
    const problem = { source: 'shop/templates/web.yaml', line: 1, column: 4, message: 'no' };
    const loaded = await loadRollout(rollout.path, 'lab', {
      parameters: {},
      renderer: rendererOf(() => ({ ok: false, problems: [problem] })),
    });
    expect(loaded.ok ? [] : loaded.problems.map(problemLine)).toEqual(['charts/shop/templates/web.yaml:1:4: no']);
  });

  test.each([
    ['a chart that is not there', { 'x.yaml': '' }, 'there is no chart "charts/shop" in the rollout directory'],
    ['a directory that is no chart', { 'charts/shop/x.yaml': '' }, '"charts/shop" holds no Chart.yaml'],
    [
      'a file that is no packaged chart',
      { 'charts/shop': '' },
      '"charts/shop" must be the directory of a chart, or a packaged one (.tgz)',
    ],
    [
      'a dependency that would have to be fetched',
      {
        'charts/shop/Chart.yaml': `${CHART['charts/shop/Chart.yaml']}dependencies: [{ name: db, repository: https://example.com }]\n`,
      },
      'the dependency "db" is not in charts/, and rendering uses no network: run `helm dependency build charts/shop` and keep what it puts there',
    ],
  ])('is refused for %s', async (_what, files: Record<string, string>, message) => {
    await using rollout = await rolloutWith(helm(), files);
    expect(await problems(rollout.path, rendererOf([web]))).toEqual([message]);
  });

  test('is refused when it comes to nothing', async () => {
    await using rollout = await rolloutWith(helm());
    expect(await problems(rollout.path, rendererOf([]))).toEqual(['it renders to no object']);
  });

  test('takes a dependency that lies in charts/, as a directory or packaged', async () => {
    const dependencies = 'dependencies: [{ name: db }, { name: cache }]\n';
    await using rollout = await rolloutWith(helm(), {
      'charts/shop/Chart.yaml': CHART['charts/shop/Chart.yaml'] + dependencies,
      'charts/shop/charts/db/Chart.yaml': 'name: db\n',
      'charts/shop/charts/cache-1.0.0.tgz': '',
    });
    expect(await problems(rollout.path, rendererOf([web]))).toEqual([]);
  });

  test('may have no files of its own where rendered ones go', async () => {
    await using rollout = await rolloutWith({ manifests: ['rendered'] }, { 'rendered/a.yaml': 'a: 1' });
    expect(await problems(rollout.path)).toEqual([
      'the name "rendered" is kept for what is rendered: give the directory another one',
    ]);
  });
});

describe('values that nothing in the chart uses', () => {
  const chart = (template: string) => ({
    ...CHART,
    'charts/shop/values.yaml': 'replicas: 1\n',
    'charts/shop/templates/a.yaml': template,
  });
  const unused = (name: string, hint: string) => `nothing in the chart uses the value "${name}"${hint}`;

  test.each([
    ['a slip of the pen', '', { replicsa: 2 }, [unused('replicsa', ' (did you mean "replicas"?)')]],
    ['a template names it', '{{ .Values.colour }}', { colour: 'red' }, []],
    ['a template asks for it', '{{ index .Values "colour" }}', { colour: 'red' }, []],
    ['it is for all charts', '', { global: { a: 1 } }, []],
    ['the chart hands its values on as a whole', '{{ toYaml .Values }}', { colour: 'red' }, []],
    ['a value names it in a template of its own', '', { replicas: '{{ .Values.colour }}', colour: 'red' }, []],
  ])('%s', async (_what, template, values, expected) => {
    await using rollout = await rolloutWith(helm({ values }), chart(template));
    expect(await problems(rollout.path, rendererOf([web]))).toEqual(expected);
  });

  test('in a file are told where they stand', async () => {
    await using rollout = await rolloutWith(helm({ valuesFiles: ['v.yaml'] }), {
      ...chart(''),
      'v.yaml': 'a:\n  b: 1\n',
    });
    const loaded = await loadRollout(rollout.path, 'lab', { parameters: {}, renderer: rendererOf([web]) });
    expect(loaded.ok ? [] : loaded.problems.map(problemLine)).toEqual([
      'v.yaml:1:1: nothing in the chart uses the value "a"; it knows "replicas"',
    ]);
  });
});

describe('a render that differs from run to run', () => {
  const differing = (kind: string, field: (call: number) => JsonObject) =>
    rendererOf((call) => ({ ok: true, documents: [from('web.yaml', object(kind, 'web', field(call)))] }));

  test('is refused with object, template and field', async () => {
    await using rollout = await rolloutWith(helm());
    const [problem, ...others] = await problems(
      rollout.path,
      differing('ConfigMap', (call) => ({ data: { same: 'x', 'made.up': String(call) } })),
    );
    expect(problem).toContain(
      'ConfigMap web (shop/templates/web.yaml) has another data["made.up"] every time it is rendered',
    );
    expect(others).toEqual([]);
  });

  test('is refused when an object comes and goes', async () => {
    await using rollout = await rolloutWith(helm());
    const renderer = rendererOf((call) => ({ ok: true, documents: call === 1 ? [web, hook('x', 'test')] : [web] }));
    expect((await problems(rollout.path, renderer))[0]).toContain(
      'Job x (shop/templates/x.yaml) is not there every time',
    );
  });

  test('may differ in values of Secrets that are mapped, which are left out', async () => {
    const renderer = () => differing('Secret', (call) => ({ stringData: { password: `made-up-${String(call)}` } }));
    await using rollout = await rolloutWith({ ...helm(), secrets: { web: { password: { secret: 'password' } } } });
    const one = await load(rollout.path, renderer());
    expect(JSON.stringify([one.bundle, ...one.files])).not.toContain('made-up');
    expect((await load(rollout.path, renderer())).digest).toBe(one.digest);
  });

  test('tells the time and makes things up: the second render has another time and another seed', async () => {
    await using rollout = await rolloutWith(helm());
    const renderer = rendererOf([web]);
    await load(rollout.path, renderer);
    const [first, second] = renderer.asked;
    expect(first?.seed).not.toBe(second?.seed);
    expect(first?.now).not.toBe(second?.now);
  });
});

describe('rendered Secrets', () => {
  const login = from('login.yaml', object('Secret', 'login', { data: { password: 'aHVudGVyMg==', user: 'c2hvcA==' } }));
  const mapped = (secrets: object) => rolloutWith({ ...helm(), secrets });
  const reference = { secret: 'password' };

  test('are refused with each value that is not mapped, by name and key, without the value', async () => {
    await using rollout = await mapped({ login: { user: reference } });
    const [problem, ...others] = await problems(rollout.path, rendererOf([login]));
    expect(problem).toMatch(/^Secret login \(shop\/templates\/login\.yaml\) has a value under "password"/);
    expect(problem).not.toContain('aHVudGVyMg');
    expect(others).toEqual([]);
  });

  test('are in the bundle without values, and the references beside them', async () => {
    await using rollout = await mapped({ login: { user: { fromEnv: 'SHOP_USER' }, password: reference } });
    const { bundle, files } = await load(rollout.path, rendererOf([login]));
    expect(files.get('rendered/app/shop/shop/templates/login.yaml')).toBe(
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\n',
    );
    expect(findStep(bundle, 'app', 'shop')?.with).toMatchObject({
      secrets: { login: { user: { fromEnv: 'SHOP_USER' }, password: { fromEnv: 'SHOP_PASSWORD' } } },
    });
  });

  test.each([
    ['a Secret that is not there', { logn: { password: reference } }, 'the step declares no Secret "logn"'],
    [
      'a key that is not there',
      { login: { user: reference, password: reference, pasword: reference } },
      'Secret login (shop/templates/login.yaml) has no key "pasword" (did you mean "password"?)',
    ],
    ['another namespace', { 'else/login': { password: reference } }, 'the step declares no Secret "else/login"'],
  ])('cannot be mapped for %s', async (_what, secrets, message) => {
    await using rollout = await mapped(secrets);
    expect(await problems(rollout.path, rendererOf([login]))).toContain(message);
  });

  test('of manifest files are filled too, and written without values', async () => {
    const settings = { manifests: ['m'], namespace: 'stores', secrets: { 'stores/login': { password: reference } } };
    await using rollout = await rolloutWith(settings, { 'm/a.yaml': stringify(object('Secret', 'login')) });
    expect(findStep((await load(rollout.path)).bundle, 'app', 'shop')?.with).toMatchObject({
      secrets: { 'stores/login': { password: { fromEnv: 'SHOP_PASSWORD' } } },
    });
  });

  test('values of a chart are no references, whatever they look like', async () => {
    await using rollout = await rolloutWith(helm({ values: { tls: { secret: 'my-tls' } } }));
    expect(await problems(rollout.path, rendererOf([web]))).toEqual([
      'nothing in the chart uses the value "tls"; it knows none',
    ]);
  });
});

describe('hooks', () => {
  const documents = [
    web,
    hook('migrate', 'pre-install, pre-upgrade', '5'),
    hook('first', 'pre-install', '-5'),
    hook('tell', 'post-upgrade'),
  ];
  const all = { migrate: 'before', first: 'before', tell: 'after' };
  const rolloutOf = (hooks: object, more: readonly object[] = []) => rolloutWith(helm({ hooks }), CHART, more);

  test('become steps before and after, in the order of their weights, and what needs the step waits for all', async () => {
    const next = {
      name: 'next',
      kind: 'kubernetes.apply',
      target: 'other',
      needs: ['shop'],
      with: { manifests: ['m.yaml'] },
    };
    await using rollout = await rolloutWith(
      helm({ hooks: all }),
      { ...CHART, 'm.yaml': stringify(object('ConfigMap', 'web')) },
      [next],
    );
    const { bundle } = await load(rollout.path, rendererOf(documents));
    const steps = bundle.phases[0]?.steps ?? [];
    expect(steps.map(({ name, needs }) => [name, needs])).toEqual([
      ['shop-before-1', []],
      ['shop-before-2', ['shop-before-1']],
      ['shop', ['shop-before-2']],
      ['shop-after', ['shop']],
      ['next', ['shop-after']],
    ]);
    expect(steps[0]?.with).toMatchObject({ manifests: ['rendered/app/shop-before-1'] });
    expect(Object.keys(bundle.files)).toContain('rendered/app/shop-before-1/shop/templates/first.yaml');
  });

  test('that are Jobs have another name when their content is another', async () => {
    const nameOf = async (image: string): Promise<string> => {
      await using rollout = await rolloutOf({ migrate: 'before' });
      const job = hook('migrate', 'pre-install');
      const { files } = await load(
        rollout.path,
        rendererOf([web, { ...job, value: { ...job.value, spec: { image } } }]),
      );
      return (
        /name: (migrate-[0-9a-f]{8})\n/.exec(
          files.get('rendered/app/shop-before/shop/templates/migrate.yaml') ?? '',
        )?.[1] ?? ''
      );
    };
    expect(await nameOf('a')).not.toBe('');
    expect(await nameOf('a')).toBe(await nameOf('a'));
    expect(await nameOf('a')).not.toBe(await nameOf('b'));
  });

  test('that the step says nothing about are refused by name', async () => {
    await using rollout = await rolloutOf({ first: 'skip', tell: 'after' });
    expect(await problems(rollout.path, rendererOf(documents))).toEqual([
      'Job migrate (shop/templates/migrate.yaml) is a pre-install, pre-upgrade hook: say what becomes of it, as in hooks: { migrate: before } (before or skip)',
    ]);
  });

  test('cannot be what they are not, and a name without a hook is a slip of the pen', async () => {
    await using rollout = await rolloutOf({ ...all, first: 'after', migrte: 'before' });
    expect(await problems(rollout.path, rendererOf(documents))).toEqual([
      'Job first (shop/templates/first.yaml) is a pre-install hook, which cannot be after: only before or skip',
      'the chart renders no hook "migrte" (did you mean "migrate"?)',
    ]);
  });

  test('of deletions can only be skipped, and tests always are, which is said', async () => {
    await using rollout = await rolloutOf({ 'Job/gone': 'skip' });
    const { files, notes } = await load(
      rollout.path,
      rendererOf([web, hook('gone', 'post-delete'), hook('check', 'test')]),
    );
    expect([...files.keys()]).toEqual(['rendered/app/shop/shop/templates/web.yaml']);
    expect(notes.map(({ message }) => message)).toEqual([
      'left out, since it is a test of the chart: Job check (shop/templates/check.yaml)',
    ]);
    await using other = await rolloutOf({ gone: 'before' });
    expect(await problems(other.path, rendererOf([web, hook('gone', 'post-delete')]))).toEqual([
      'Job gone (shop/templates/gone.yaml) is a post-delete hook, which cannot be before: only skip',
    ]);
  });

  test('cannot take the name of another step', async () => {
    const other = { name: 'shop-before', kind: 'kubernetes.apply', target: 'cluster', with: { manifests: ['m.yaml'] } };
    await using rollout = await rolloutWith(
      helm({ hooks: { first: 'before' } }),
      { ...CHART, 'm.yaml': stringify(object('ConfigMap', 'x')) },
      [other],
    );
    expect(await problems(rollout.path, rendererOf([web, hook('first', 'pre-install')]))).toEqual([
      'the step of its hooks would be called "shop-before", as another step is',
    ]);
  });
});

describe('one object out of two sources', () => {
  const manifest = { 'm.yaml': stringify(object('ConfigMap', 'web')) };
  const second = (target: string, namespace?: string) => [
    {
      name: 'again',
      kind: 'kubernetes.apply',
      target,
      with: { manifests: ['m.yaml'], ...(namespace === undefined ? {} : { namespace }) },
    },
  ];

  test('is refused with both places, chart and template among them', async () => {
    await using rollout = await rolloutWith({ ...helm(), manifests: ['m.yaml'] }, { ...CHART, ...manifest });
    expect(await problems(rollout.path, rendererOf([web]))).toEqual([
      'a second ConfigMap web, at rendered/app/shop/shop/templates/web.yaml:4; the first is at m.yaml:4 (step app/shop)',
    ]);
  });

  test('is one object too when one step names the namespace that is the default of the other', async () => {
    await using rollout = await rolloutWith(helm(), { ...CHART, ...manifest }, second('cluster', 'default'));
    expect(await problems(rollout.path, rendererOf([web]))).toHaveLength(1);
  });

  test('is two objects on two targets', async () => {
    await using rollout = await rolloutWith(helm(), { ...CHART, ...manifest }, second('other'));
    expect(await problems(rollout.path, rendererOf([web]))).toEqual([]);
  });

  test('without a namespace is one, whatever namespace its steps name', async () => {
    const role = from('role.yaml', { ...object('ClusterRole', 'web'), apiVersion: 'rbac.authorization.k8s.io/v1' });
    await using rollout = await rolloutWith(
      { namespace: 'one', ...helm() },
      { ...CHART, 'm.yaml': stringify(role.value) },
      second('cluster', 'two'),
    );
    expect(await problems(rollout.path, rendererOf([role]))).toEqual([
      'a second ClusterRole.rbac.authorization.k8s.io web; the first is at rendered/app/shop/shop/templates/role.yaml:4 (steps app/shop and app/again)',
    ]);
  });
});

describe('a step with a kustomization', () => {
  const files = {
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': stringify(object('ConfigMap', 'web')),
    'overlay/kustomization.yaml': 'resources: [../base]\nnamePrefix: ${{ parameters.replicas }}-\n',
  };
  const page = { source: 'base/web.yaml', value: object('ConfigMap', 'web') };

  test('is rendered with everything that it leads to, parameters filled in', async () => {
    await using rollout = await rolloutWith({ kustomize: 'overlay' }, files);
    const renderer = rendererOf([page]);
    let seen: Record<string, string> = {};
    const { bundle } = await load(rollout.path, {
      ...renderer,
      kustomization: (request) => {
        seen = Object.fromEntries([...request.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]));
        return renderer.kustomization(request);
      },
    });
    expect(Object.keys(seen).sort()).toEqual(Object.keys(files).sort());
    expect(seen['overlay/kustomization.yaml']).toContain('namePrefix: "3-"');
    expect(Object.keys(bundle.files)).toEqual(['rendered/app/shop/base/web.yaml']);
  });

  test.each([
    ['resources: [https://example.com/base]', '"https://example.com/base" is on the network, and rendering uses none'],
    ['resources: ["github.com/example/base?ref=v1"]', 'is on the network'],
    ['components: [git@example.com:a/b]', 'is on the network'],
    ['resources: [nowhere]', 'there is no file or directory "overlay/nowhere" in the rollout directory'],
    ['resources: [../../elsewhere]', 'elsewhere'],
    ['resources: [../empty]', '"empty" holds no kustomization.yaml'],
    [
      'patches: [{ path: http://127.0.0.1:9/x }]',
      '"http://127.0.0.1:9/x" is on the network, and rendering uses none: copy it into the rollout and refer to the copy',
    ],
    [
      'patchesJson6902: [{ path: http://127.0.0.1:9/x }]',
      '"http://127.0.0.1:9/x" is on the network, and rendering uses none: copy it into the rollout and refer to the copy',
    ],
    [
      'replacements: [{ path: http://127.0.0.1:9/x }]',
      '"http://127.0.0.1:9/x" is on the network, and rendering uses none: copy it into the rollout and refer to the copy',
    ],
    [
      'openapi: { path: http://127.0.0.1:9/x }',
      '"http://127.0.0.1:9/x" is on the network, and rendering uses none: copy it into the rollout and refer to the copy',
    ],
    [
      'configMapGenerator: [{ name: a, files: [http://127.0.0.1:9/x] }]',
      '"http://127.0.0.1:9/x" is on the network, and rendering uses none: copy it into the rollout and refer to the copy',
    ],
    [
      'secretGenerator: [{ name: a, envs: [http://127.0.0.1:9/x] }]',
      '"http://127.0.0.1:9/x" is on the network, and rendering uses none: copy it into the rollout and refer to the copy',
    ],
    ['helmCharts: [{ name: db }]', 'helmCharts would run Helm inside kustomize: give the chart to the step as helm'],
    ['resources: [', 'not valid YAML'],
  ])('is refused for %s', async (text, message) => {
    await using rollout = await rolloutWith(
      { kustomize: 'overlay' },
      { ...files, 'overlay/kustomization.yaml': `${text}\n`, 'empty/notes.txt': '' },
    );
    const loaded = await loadRollout(rollout.path, 'lab', { parameters: {}, renderer: rendererOf([page]) });
    const lines = loaded.ok ? [] : loaded.problems.map(problemLine);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^overlay\/kustomization\.yaml:\d+:\d+: /);
    expect(lines[0]).toContain(message);
  });
});
