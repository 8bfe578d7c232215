import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readManifests as readForBundle } from '../../src/bundle/checks/manifests.ts';
import { loadRollout } from '../../src/bundle/load.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { loadManifests } from '../../src/kubernetes/manifests/load.ts';
import { YamlSource } from '../../src/bundle/source/yaml-source.ts';
import { manifestFiles, readManifests } from '../../src/manifests/objects.ts';
import { documentsOf } from '../../src/render/documents.ts';
import { rolloutOf } from '../bundle/scratch.ts';
import { filesOf } from '../kubernetes/bundle-files.ts';

const CANARY = 'c4n4ry-h0rse';
const RUNS = Number(process.env['WINDLASS_MANIFEST_RUNS'] ?? '40');

const problemsOf = (text: string) =>
  readManifests(text).problems.map(({ line, column, what }) => `${String(line)}:${String(column)} ${what}`);
const configMap = (more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'one', ...more },
});

/** An object in a list of its own kind, whose items leave it out. */
function inTypedList(objects: readonly JsonObject[]): JsonObject {
  const [{ apiVersion = '', kind = '' } = {}] = objects;
  const items = objects.map((object) =>
    Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'apiVersion' && key !== 'kind')),
  );
  return { apiVersion, kind: `${kind as string}List`, metadata: { resourceVersion: '' }, items };
}

const inList = (...items: readonly Json[]): JsonObject => ({ apiVersion: 'v1', kind: 'List', items });

/** What lists a document wraps its objects in. */
const WRAPPINGS: Readonly<Record<string, (object: JsonObject) => JsonObject>> = {
  none: (object) => object,
  list: (object) => inList(object),
  'typed list': (object) => inTypedList([object]),
  'list in a list': (object) => inList(inList(), inList(object)),
  'typed list in a list': (object) =>
    inList(inTypedList([object]), { apiVersion: 'v1', kind: 'SecretList', items: [] }),
};

/** How a document is written; `values` go where the object has `VALUES`. */
const WRITINGS: Readonly<Record<string, (document: JsonObject, values: JsonObject) => string>> = {
  block: (document, values) => stringify(filled(document, values)),
  flow: (document, values) => `${JSON.stringify(filled(document, values))}\n`,
  JSON: (document, values) => `${JSON.stringify(filled(document, values), null, 2)}\n`,
  'with an anchor': (document, values) =>
    `x-base: &base ${JSON.stringify(values)}\n${stringify(document).replaceAll('VALUES', '*base')}`,
  'with a merge key': (document, values) =>
    `x-base: &base ${JSON.stringify(values)}\n${stringify(document).replaceAll('VALUES', '{ <<: *base }')}`,
};
/** What is harmless around a document. */
const MARKS = ['---\n', '--- # mark\n', '---\n---\n', '---\n# only a comment\n---\n', '...\n---\n', '---\n\n'];
const BYTES: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  CRLF: (text) => text.replaceAll('\n', '\r\n'),
  'byte order mark': (text) => `\ufeff${text}`,
  'trailing text': (text) => `${text}---\n# the end\n...\n`,
  comments: (text) => `# the beginning\n${text}\n# the end`,
};

function filled(document: Json, values: JsonObject): Json {
  if (document === 'VALUES') return values;
  if (Array.isArray(document)) return document.map((item: Json) => filled(item, values));
  if (typeof document !== 'object' || document === null) return document;
  return Object.fromEntries(Object.entries(document).map(([key, item]) => [key, filled(item, values)]));
}

const keys = (record: object) => fc.constantFrom(...Object.keys(record));
const document = fc.record({
  kind: fc.constantFrom('ConfigMap', 'Secret'),
  field: fc.constantFrom('data', 'stringData'),
  wrapping: keys(WRAPPINGS),
  writing: keys(WRITINGS),
  namespace: fc.constantFrom(undefined, null, '', 'shop'),
  mark: fc.constantFrom(...MARKS),
});
const file = fc.record({ documents: fc.array(document, { minLength: 1, maxLength: 4 }), bytes: keys(BYTES) });

type File = typeof file extends fc.Arbitrary<infer T> ? T : never;

function textOf({ documents, bytes }: File): string {
  const texts = documents.map(({ kind, field, wrapping, writing, namespace, mark }, index) => {
    const metadata = { name: `o${String(index)}`, ...(namespace === undefined ? {} : { namespace }) };
    const object = { apiVersion: 'v1', kind, metadata, [kind === 'Secret' ? field : 'data']: 'VALUES' };
    return mark + WRITINGS[writing]!(WRAPPINGS[wrapping]!(object), { login: CANARY });
  });
  return BYTES[bytes]!(texts.join(''));
}

describe('a manifest file', () => {
  test('holds the same objects for the checks of the bundle, for the engine and as rendered output', async () => {
    await fc.assert(
      fc.asyncProperty(file, async (given) => {
        const text = textOf(given);
        const seen = readForBundle(text, ({ line, column }, message) => ({ file: 'a.yaml', line, column, message }));
        const applied = await loadManifests(['a.yaml'], filesOf({ 'a.yaml': text }));
        expect(applied.map(({ object }) => object)).toEqual(seen.objects.map(({ object }) => object));
        expect(applied.map(({ object }) => object.metadata.name)).toEqual(
          given.documents.map((_document, index) => `o${String(index)}`),
        );
        expect(applied.map(({ object }) => object.kind)).toEqual(given.documents.map(({ kind }) => kind));
        expect(applied.map(({ object }) => object.metadata.namespace)).toEqual(
          given.documents.map(({ namespace }) => (namespace === 'shop' ? 'shop' : undefined)),
        );
        for (const one of applied)
          expect(text.split('\n')[Number(one.at(['metadata', 'name']).split(':')[1]) - 1]).toMatch(/name/);
        const rendered = documentsOf(text.replace('\ufeff', ''), () => 'source');
        expect(rendered.ok && rendered.documents.map(({ value }) => (value['metadata'] as JsonObject)['name'])).toEqual(
          given.documents.map((_document, index) => `o${String(index)}`),
        );
      }),
      { numRuns: RUNS * 3, seed: 10 },
    );
  });

  test('with a value of a Secret in it, in whatever form, never becomes a bundle', async () => {
    await using rollout = await rolloutOf(null);
    await fc.assert(
      fc.asyncProperty(file, async (given) => {
        const text = textOf(given);
        await writeManifest(rollout.path, text);
        const loaded = await loadRollout(rollout.path, 'lab');
        const held = given.documents.some(({ kind }) => kind === 'Secret');
        expect([loaded.ok, text]).toEqual([!held, text]);
        if (!loaded.ok) {
          expect(JSON.stringify(loaded.problems)).not.toContain(CANARY);
          const secrets = loaded.problems.filter(({ message }) => message.startsWith('a Secret with its values'));
          expect(secrets.length).toBeGreaterThanOrEqual(given.documents.filter(({ kind }) => kind === 'Secret').length);
        }
      }),
      { numRuns: RUNS, seed: 10 },
    );
  });

  test('may hold nothing but comments, and lists without items', () => {
    for (const text of ['', '# nothing\n', '---\n# a\n---\n', 'apiVersion: v1\nkind: SecretList\nitems: []\n'])
      expect(readManifests(text)).toMatchObject({ objects: [], problems: [], notes: [] });
  });

  test.each([
    ...[
      '!hunter2',
      '*hunter2',
      '|hunter2',
      '>hunter2',
      '&hunter2 &b',
      '%hunter2',
      '@hunter2',
      '`hunter2',
      '"\\hunter2"',
    ],
    ...[
      "'hunter2",
      '{hunter2',
      '[hunter2',
      '!<hunter2',
      '? hunter2',
      'a: hunter2: b',
      '"hunter2" hunter2',
      '\thunter2: b',
    ],
    ...['hunter2 ${{ parameters.a }}: *hunter2', '*hunter2 ${{ parameters.a }}'],
  ])('that is no YAML is told without what is written in it: %s', (value) => {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  password: ${value}\n`;
    const { problems } = readManifests(text);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
    expect(problems.length).toBeGreaterThanOrEqual(value.includes('%') || value.includes('? ') ? 0 : 1);
    const source = new YamlSource('a.yaml', text, 'kubectl');
    expect(JSON.stringify(source.problems())).not.toContain('hunter2');
  });

  test('is told by its name, hidden ones left out, unless a step names the file itself', () => {
    const files = ['m/a.yaml', 'm/.b.yaml', 'm/.c/d.yaml', 'm/E.YML', 'm/f.json', 'm/g.sql', 'm/h/i.yml'];
    expect(manifestFiles('m', files)).toEqual(['m/a.yaml', 'm/E.YML', 'm/f.json', 'm/h/i.yml']);
    expect(manifestFiles('m/.b.yaml', ['m/.b.yaml'])).toEqual(['m/.b.yaml']);
    expect(manifestFiles('renderedtoo', ['renderedtoo/.b.yaml'])).toEqual([]);
  });

  test('whose document begins on the line of its mark loses nothing of it', () => {
    const text = `--- {"apiVersion":"v1","kind":"Secret","metadata":{"name":"one"},"data":{"a":"${CANARY}"}}\n`;
    const rendered = documentsOf(text, () => 'source');
    expect(rendered.ok && rendered.documents.map(({ value }) => value['kind'])).toEqual(['Secret']);
    expect(readManifests(text).objects.map(({ object }) => object.kind)).toEqual(['Secret']);
  });
});

async function writeManifest(rollout: string, text: string): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  await writeFile(`${rollout}/manifests/web.yaml`, text);
}

describe('an object', () => {
  test('that was exported names everything that must go, each at its place', () => {
    const text = `apiVersion: v1
kind: Service
metadata:
  creationTimestamp: "2026-01-05T10:00:00Z"
  generation: 3
  name: web
  resourceVersion: "123456"
  uid: 6d9f2a0e-0000-4000-8000-000000000001
  managedFields: [{ manager: kubectl }]
  ownerReferences: [{ apiVersion: v1, kind: Pod, name: a, uid: b }]
status: { loadBalancer: { ingress: [] } }
`;
    const list =
      'take metadata.uid, metadata.resourceVersion, metadata.managedFields, metadata.ownerReferences, metadata.creationTimestamp, metadata.generation and status out of the manifest';
    const found = problemsOf(text);
    expect(found.map((line) => line.split(' ')[0])).toEqual(['8:3', '7:3', '9:3', '10:3', '4:3', '5:3', '11:1']);
    for (const line of found) expect(line).toContain(list);
  });

  test('with what every server sets anyway is applied without it, and that is said', () => {
    const text =
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  creationTimestamp: "2026-01-05T10:00:00Z"\n  generation: 1\n';
    const { objects, problems, notes } = readManifests(text);
    expect(problems).toEqual([]);
    expect(objects[0]?.object.metadata).toEqual({ name: 'web' });
    expect(notes.map(({ line, what }) => [line, what])).toEqual([
      [5, 'metadata.creationTimestamp is left out: only the API server sets it'],
      [6, 'metadata.generation is left out: only the API server sets it'],
    ]);
  });

  test('as generators write it, with empty fields of the server, is taken without a word', () => {
    const text =
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  creationTimestamp: null\n  resourceVersion: ""\n  uid: ""\nstatus: {}\n';
    const { objects, problems, notes } = readManifests(text);
    expect([problems, notes, objects[0]?.object.metadata]).toEqual([[], [], { name: 'web' }]);
  });

  test('may have a generateName beside its name, which then says nothing', () => {
    const { objects } = readManifests(stringify(configMap({ generateName: 'one-' })));
    expect(objects[0]?.object.metadata).toEqual({ name: 'one' });
    expect(problemsOf('apiVersion: v1\nkind: Pod\nmetadata:\n  generateName: x-\n')).toEqual([
      '4:3 generateName cannot be applied: an object needs one name to be found again',
    ]);
  });

  test.each(['7', 'true', '[a]', 'No.Such'])('with the namespace %s is refused', (namespace) => {
    expect(problemsOf(`apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  namespace: ${namespace}\n`)).toEqual([
      expect.stringMatching(/^5:3 .*namespace/),
    ]);
  });
});

describe('a duration that its controller cannot read', () => {
  const of = (apiVersion: string, kind: string, spec: string) =>
    problemsOf(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: x }\nspec:\n  ${spec}\n`);

  test.each([
    ['velero.io/v1', 'Backup', 'ttl: 30d'],
    ['velero.io/v1', 'Schedule', 'template: { ttl: 1w }'],
    ['velero.io/v1', 'Schedule', 'template: { csiSnapshotTimeout: 10 minutes }'],
    ['velero.io/v1', 'Backup', 'hooks: { resources: [{ name: a, pre: [{ exec: { command: [a], timeout: 1d } }] }] }'],
    ['velero.io/v1', 'Restore', 'hooks: { resources: [{ name: a, postHooks: [{ init: { timeout: "90" } }] }] }'],
    ['velero.io/v1', 'BackupStorageLocation', 'backupSyncPeriod: ""'],
    ['cert-manager.io/v1', 'Certificate', 'duration: 90d'],
    ['cert-manager.io/v1', 'Certificate', 'renewBefore: 9999999h'],
    ['external-secrets.io/v1', 'ExternalSecret', 'refreshInterval: 1D'],
    ['postgresql.cnpg.io/v1', 'Cluster', 'monitoring: { metricsQueriesTTL: 1d }'],
  ])('in %s %s, %s, is refused with its place', (apiVersion, kind, spec) => {
    expect(of(apiVersion, kind, spec)).toEqual([expect.stringMatching(/^5:\d+ .*must be a duration as Go reads it/)]);
  });

  test.each(['720h', '1h30m', '1.5h', '0', '-1m', '100ms', '.5s', '10µs', '2562047h'])('is not %s', (duration) => {
    expect(of('velero.io/v1', 'Backup', `ttl: ${JSON.stringify(duration)}`)).toEqual([]);
  });

  test('is looked for only where there is one: other kinds have other durations', () => {
    expect(of('monitoring.coreos.com/v1', 'Prometheus', 'retention: 15d')).toEqual([]);
    expect(of('velero.io/v1', 'Backup', 'ttl: 8h0m0s')).toEqual([]);
  });
});
