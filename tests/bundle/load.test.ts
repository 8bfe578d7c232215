import { execFileSync } from 'node:child_process';
import { readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { sha256 } from '../../src/bundle/digest.ts';
import { findStep } from '../../src/domain/bundle.ts';
import { canonicalJson } from '../../src/domain/json.ts';
import type { ParameterValue } from '../../src/domain/rollout.ts';
import { shapeOf } from '../../src/domain/shape.ts';
import { rolloutOf } from './scratch.ts';

async function load(path: string, parameters: Record<string, ParameterValue> = {}): Promise<LoadedRollout> {
  const loaded = await loadRollout(path, 'lab', { parameters });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded;
}

describe('a sound rollout', () => {
  test('becomes a bundle for its environment', async () => {
    await using rollout = await rolloutOf(null);
    const { bundle } = await load(rollout.path);
    expect(bundle).toMatchObject({
      rollout: 'shop',
      environment: 'lab',
      parameters: { replicas: 3, domain: 'example.com', archive: false },
      targets: { db: { kind: 'postgres', url: { fromEnv: 'DB_URL' } } },
      decisions: { signatures: 'optional', selfApproval: false, groups: { platform: ['demo'] } },
    });
    expect(bundle.phases.map((phase) => phase.name)).toEqual(['data', 'application']);
  });

  test('holds the reference of the environment where the rollout names a secret', async () => {
    await using rollout = await rolloutOf(null);
    const { bundle } = await load(rollout.path);
    expect(findStep(bundle, 'data', 'databases')?.with).toMatchObject({
      roles: [{ name: 'shop', password: { fromEnv: 'APP_PASSWORD' } }],
    });
  });

  test('holds what a tool is told beside its migrations', async () => {
    await using rollout = await rolloutOf(null, {
      'migrations/V1__orders.sql.conf': 'executeInTransaction=false',
      'migrations/V9__other.sql.conf': 'executeInTransaction=false',
    });
    const { files } = await load(rollout.path);
    expect([...files.keys()].filter((path) => path.endsWith('.conf'))).toEqual(['migrations/V1__orders.sql.conf']);
  });

  test('has parameters filled into manifests, each with its type, and nowhere into SQL', async () => {
    await using rollout = await rolloutOf(null);
    const { files, bundle } = await load(rollout.path);
    expect(files.get('manifests/web.yaml')).toContain('domain: "www.example.com"\n');
    expect(files.get('manifests/web.yaml')).toContain('replicas: 3\n');
    expect(files.get('migrations/V1__orders.sql')).toContain('${{ parameters.unknown }}');
    for (const [path, text] of files) expect(bundle.files[path]).toBe(sha256(text));
  });

  test('takes objects of a kind without namespaces for one, whatever namespaces they name', async () => {
    const role = (namespace: string) =>
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: reader, namespace: ${namespace} }\n`;
    await using rollout = await rolloutOf(null, { 'manifests/web.yaml': `${role('a')}---\n${role('b')}` });
    const loaded = await loadRollout(rollout.path, 'lab');
    expect(loaded.ok ? [] : loaded.problems.map(({ line, message }) => [line, message.slice(0, 50)])).toEqual([
      [7, 'a second ClusterRole.rbac.authorization.k8s.io rea'],
    ]);
  });

  test('refuses a number that it could not keep, but in values of charts, with its place', async () => {
    await using rollout = await rolloutOf(null, {
      'environments/lab.yaml': (
        await readFile(join(import.meta.dirname, '../fixtures/rollouts/bad-input/base/environments/lab.yaml'), 'utf8')
      ).replace(/replicas: \d+/, 'replicas: 9007199254740993'),
    });
    const loaded = await loadRollout(rollout.path, 'lab');
    expect(loaded.ok ? [] : loaded.problems.map(({ message }) => message)).toEqual(
      expect.arrayContaining([expect.stringContaining('too large to be held exactly')]),
    );
  });

  test('reads manifests as Kubernetes does: keys can be merged, and `on` is no text', async () => {
    const merged = `x-labels: &labels { app: web }\n${configMap('web')}  labels: { <<: *labels }\n`;
    await using rollout = await rolloutOf(null, { 'manifests/web.yaml': merged });
    expect((await load(rollout.path)).files.get('manifests/web.yaml')).toBe(merged);
    await writeFile(join(rollout.path, 'manifests/web.yaml'), configMap('on'));
    await expect(load(rollout.path)).rejects.toThrow('metadata.name must be a text');
  });

  test('drills databases on postgres targets alone', async () => {
    await using rollout = await rolloutOf(null);
    const path = join(rollout.path, 'rollout.yaml');
    const drill = {
      name: 'drill',
      kind: 'velero.drill',
      target: 'cluster',
      with: {
        ...{ name: 'drill', objectStore: 'objects', includedNamespaces: ['shop'] },
        databases: ['db', 'objects', 'nowhere'].map((target) => ({ target, database: 'shop' })),
      },
    };
    const phase = `    - { name: proof, steps: [${JSON.stringify(drill)}] }\n`;
    await writeFile(path, `${(await readFile(path, 'utf8')).trimEnd()}\n${phase}`);
    const loaded = await loadRollout(rollout.path, 'lab', { parameters: {} });
    if (loaded.ok) throw new Error('it was taken');
    expect(loaded.problems.map(({ message }) => message)).toEqual([
      'databases of velero.drill needs a target of kind postgres, and "objects" is of kind s3; suitable: "db"',
      'unknown target "nowhere"; the rollout declares "cluster", "db", "objects"',
    ]);
  });

  test('holds only files that steps refer to', async () => {
    await using rollout = await rolloutOf(null, {
      'README.md': 'notes',
      'manifests/notes.txt': 'notes',
      'manifests/.hidden.yaml': 'not: read',
      'other/unused.yaml': 'not: read',
    });
    expect(Object.keys((await load(rollout.path)).bundle.files).sort()).toEqual([
      'manifests/web.yaml',
      'migrations/V1__orders.sql',
    ]);
  });

  test('takes values given for one run over those of the environment, as the type of the parameter', async () => {
    await using rollout = await rolloutOf(null);
    const { bundle } = await load(rollout.path, { replicas: '5', archive: 'true', domain: '7' });
    expect(bundle.parameters).toEqual({ replicas: 5, archive: true, domain: '7' });
  });

  test('may declare one object in two steps of which `when` lets in only one', async () => {
    const apply = (name: string, archive: boolean): string =>
      `        - { name: ${name}, kind: kubernetes.apply, target: cluster, with: { manifests: [manifests] }, when: { parameter: archive, equals: ${String(archive)} } }`;
    const head = (text: string): string => text.slice(0, text.indexOf('        - name: web'));
    await using rollout = await rolloutOf(null);
    const text = await readFile(join(rollout.path, 'rollout.yaml'), 'utf8');
    await writeFile(join(rollout.path, 'rollout.yaml'), `${head(text)}${apply('a', true)}\n${apply('b', false)}\n`);
    expect((await load(rollout.path)).bundle.phases[1]?.steps.map((step) => step.name)).toEqual(['a', 'b']);
  });

  test.each([
    [{ archive: true, replicas: 5 }, true],
    [{ archive: true, replicas: 6 }, false],
    [{ archive: false, replicas: 5 }, false],
  ])('may let a step in by several conditions, each of which must hold: %j', async (values, included) => {
    const when = '[{ parameter: archive, equals: true }, { parameter: replicas, equals: 5 }]';
    await using rollout = await rolloutOf(null);
    const path = join(rollout.path, 'rollout.yaml');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('        - name: web\n', `        - name: web\n          when: ${when}\n`));
    const parameters = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
    const { bundle } = await load(rollout.path, parameters);
    const steps = shapeOf(bundle).phases.flatMap((phase) => phase.steps);
    expect(steps.find(({ name }) => name === 'web')?.included).toBe(included);
  });
});

describe('the bundle digest', () => {
  test('is the SHA-256 of the canonical JSON of the bundle', async () => {
    await using rollout = await rolloutOf(null);
    const { bundle, digest } = await load(rollout.path);
    expect(digest).toBe(sha256(canonicalJson(bundle)));
  });

  test('does not depend on where the directory is, nor on the order in which files were made', async () => {
    const extra = {
      'manifests/a.yaml': configMap('a'),
      'manifests/Z.yaml': configMap('z'),
      'manifests/sub/m.yml': configMap('m'),
    };
    await using one = await rolloutOf(null, extra);
    await using two = await rolloutOf(null, Object.fromEntries(Object.entries(extra).reverse()));
    await rename(join(two.path, 'manifests/web.yaml'), join(two.path, 'moved'));
    await rename(join(two.path, 'moved'), join(two.path, 'manifests/web.yaml'));
    expect((await load(one.path)).digest).toBe((await load(two.path)).digest);
  });

  test('does not depend on the order of keys or on comments in rollout.yaml', async () => {
    await using one = await rolloutOf(null);
    await using two = await rolloutOf(null);
    const path = join(two.path, 'environments/lab.yaml');
    const [head, tail] = (await readFile(path, 'utf8')).split('spec:\n');
    await writeFile(path, `# a comment\nspec:\n${tail ?? ''}${head ?? ''}`);
    expect((await load(one.path)).digest).toBe((await load(two.path)).digest);
  });

  test.each([
    ['a byte of a migration', { 'migrations/V1__orders.sql': 'SELECT 1;\n' }],
    ['a byte of a manifest that means nothing to Kubernetes', { 'manifests/web.yaml': configMap('web') + '# note\n' }],
  ])('moves with %s', async (_what, files) => {
    await using one = await rolloutOf(null, { 'manifests/web.yaml': configMap('web') });
    await using two = await rolloutOf(null, { 'manifests/web.yaml': configMap('web'), ...files });
    expect((await load(one.path)).digest).not.toBe((await load(two.path)).digest);
  });

  test('line ends of Windows and a byte order mark are kept as they are', async () => {
    const sql = '\uFEFFSELECT 1;\r\nSELECT 2;\r\n';
    const manifest = configMap('web').replaceAll('\n', '\r\n');
    await using rollout = await rolloutOf(null, { 'migrations/V1__orders.sql': sql, 'manifests/web.yaml': manifest });
    const { files } = await load(rollout.path);
    expect(files.get('migrations/V1__orders.sql')).toBe(sql);
    expect(files.get('manifests/web.yaml')).toBe(manifest);
  });
});

describe('symbolic links', () => {
  test('within the rollout are followed, and one to a directory around it ends', async () => {
    await using rollout = await rolloutOf(null, { 'shared/extra.yaml': configMap('extra') });
    await symlink('../shared', join(rollout.path, 'manifests/shared'));
    await symlink('..', join(rollout.path, 'shared/loop'));
    await rm(join(rollout.path, 'manifests/web.yaml'));
    const { bundle } = await load(rollout.path);
    expect(Object.keys(bundle.files)).toContain('manifests/shared/extra.yaml');
  });

  test('that lead out of the rollout are refused', async () => {
    await using outside = await rolloutOf(null);
    await using rollout = await rolloutOf(null);
    await symlink(join(outside.path, 'manifests/web.yaml'), join(rollout.path, 'manifests/out.yaml'));
    await expect(load(rollout.path)).rejects.toThrow('leads out of the rollout directory');
  });

  test('to a directory outside, or to nothing, are refused too, and not left out', async () => {
    await using outside = await rolloutOf(null);
    await using rollout = await rolloutOf(null);
    await symlink(join(outside.path, 'manifests'), join(rollout.path, 'manifests/more'));
    await symlink('nowhere', join(rollout.path, 'manifests/dangling'));
    const failure: unknown = await load(rollout.path).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/manifests\/dangling".*is no file/);
    expect(String(failure)).toMatch(/manifests\/more".*is no file/);
  });
});

describe('what is no file', () => {
  test.each([
    ['in a directory of manifests', 'manifests/pipe.yaml', /manifests\/pipe.yaml".*is no file: .*a pipe/],
    ['in the place of the manifests', 'manifests', /manifests..? is a pipe, a socket or a device/],
    ['in the place of rollout.yaml', 'rollout.yaml', /there is no such file/],
  ])('%s is refused, and not waited for', async (_where, path, reason) => {
    await using rollout = await rolloutOf(null);
    await rm(join(rollout.path, path), { recursive: true, force: true });
    execFileSync('mkfifo', [join(rollout.path, path)]);
    await expect(load(rollout.path)).rejects.toThrow(reason);
  });
});

function configMap(name: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
}
