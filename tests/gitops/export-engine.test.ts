import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ofKind } from '../../src/domain/evidence.ts';
import type { ClusterExport } from '../../src/domain/git-export.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { repositoryAt } from '../../src/gitops/address.ts';
import { gitopsExportEngine, type ExportSource } from '../../src/gitops/export-engine.ts';
import { makeRepository } from '../../src/lab/repository.ts';
import { closeAll, contextWith, failureOf, serving } from '../http/support.ts';

type Spec = Parameters<ReturnType<typeof gitopsExportEngine>['plan']>[0];

const scratch = mkdtempSync(join(tmpdir(), 'windlass-exports-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});
afterEach(closeAll);

let count = 0;
const fresh = () => join(scratch, String((count += 1)));
const run = (directory: string, ...args: readonly string[]) =>
  execFileSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...who('AUTHOR'), ...who('COMMITTER'), GIT_CONFIG_GLOBAL: '/dev/null' },
  });
const who = (as: string) => ({ [`GIT_${as}_NAME`]: 'ada', [`GIT_${as}_EMAIL`]: 'ada@example.com' });

const object = (
  name: string,
  more: Record<string, never> | { readonly data: Record<string, string> } = {},
): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' } },
  ...more,
});
const EXPORT: ClusterExport = {
  objects: [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    object('web', { data: { answer: '42' } }),
  ],
  secrets: [{ namespace: 'shop', name: 'db', keys: { password: 'variable SHOP_DB' } }],
  others: ['data/databases (postgres.provision)'],
};
const sourceOf = (exported: ClusterExport, drift: readonly string[] = []): ExportSource => ({
  exported: () => Promise.resolve(exported),
  drift: () => Promise.resolve(drift),
});
const spec = (more: Partial<Spec> = {}): Spec => ({
  ...{ cluster: 'cluster', branch: 'main', path: 'clusters/lab', layout: 'plain' as const },
  author: { name: 'Windlass', email: 'windlass@users.noreply.invalid' },
  ...more,
});
const engineAt = (directory: string, exported = EXPORT, drift: readonly string[] = []) =>
  gitopsExportEngine(repositoryAt(pathToFileURL(directory).href, {}).connection, sourceOf(exported, drift));
const show = (directory: string, file: string) => run(directory, 'show', `main:clusters/lab/${file}`);
const actions = async (engine: ReturnType<typeof engineAt>, more: Partial<Spec> = {}) =>
  (await engine.plan(spec(more), contextWith())).filter(({ action }) => action !== 'unchanged');

/** Somebody else commits a file. */
function commitAs(bare: string, file: string, text: string): void {
  const tree = fresh();
  run(scratch, 'clone', '--quiet', bare, tree);
  mkdirSync(join(tree, file, '..'), { recursive: true });
  writeFileSync(join(tree, file), text);
  run(tree, 'add', '.');
  run(tree, 'commit', '--quiet', '-m', `changes ${file}`);
  run(tree, 'push', '--quiet', 'origin', 'HEAD:main');
}

describe('an export', () => {
  test('stands in the branch as files that kustomize applies, without a value of a Secret; the same again commits nothing', async () => {
    const bare = makeRepository(fresh());
    const engine = engineAt(bare);
    expect((await actions(engine)).every(({ action }) => action === 'create')).toBe(true);
    await engine.apply(spec(), contextWith());
    const { resources } = parse(show(bare, 'kustomization.yaml')) as { readonly resources: readonly string[] };
    expect(resources.map((file) => parse(show(bare, file)) as unknown)).toEqual(EXPORT.objects);
    expect(parse(show(bare, 'secrets/shop/db.yaml'))).toMatchObject({ stringData: { password: '<variable SHOP_DB>' } });
    expect(resources.join(' ')).not.toContain('secrets');
    expect(show(bare, 'README.md')).toContain('- data/databases (postgres.provision)');

    const first = run(bare, 'rev-parse', 'main');
    expect(await actions(engine)).toEqual([]);
    await engine.apply(spec(), contextWith());
    expect(run(bare, 'rev-parse', 'main')).toBe(first);
    const findings = await engine.verify(spec(), contextWith());
    expect(findings.map(({ holds }) => holds)).toEqual([true, true]);
    expect(ofKind('gitops-exported', findings)[0]?.observed).toMatchObject({ commit: first.trim(), placeholders: 1 });
  });

  test('is the same of a bundle that comes from the store, which has its keys in another order', async () => {
    const bare = makeRepository(fresh());
    const keysOf = (...keys: readonly string[]): ClusterExport => ({
      ...EXPORT,
      secrets: [
        { namespace: 'shop', name: 'db', keys: Object.fromEntries(keys.map((key) => [key, `variable ${key}`])) },
      ],
    });
    await engineAt(bare, keysOf('password', 'user')).apply(spec(), contextWith());
    expect(await actions(engineAt(bare, keysOf('user', 'password')))).toEqual([]);
  });

  test('stands on top of what others have committed, and takes away what is no more', async () => {
    const bare = makeRepository(fresh());
    await engineAt(bare).apply(spec(), contextWith());
    commitAs(bare, 'docs/notes.md', 'ours');
    const less = { ...EXPORT, objects: EXPORT.objects.slice(0, 1) };
    expect(await actions(engineAt(bare, less))).toContainEqual(
      expect.objectContaining({ action: 'delete', what: 'file clusters/lab/objects/shop/configmap-web.yaml' }),
    );
    await engineAt(bare, less).apply(spec(), contextWith());
    expect(run(bare, 'show', 'main:docs/notes.md')).toBe('ours');
    expect(run(bare, 'log', '--format=%an', 'main').trim().split('\n')).toEqual(['Windlass', 'ada', 'Windlass']);
    expect(run(bare, 'ls-tree', '-r', '--name-only', 'main')).not.toContain('configmap-web');
  });

  test('asks before it overwrites what somebody changed, and finds it as drift until then', async () => {
    const bare = makeRepository(fresh());
    const engine = engineAt(bare, EXPORT, ['ConfigMap shop/web: data.answer']);
    await engine.apply(spec(), contextWith());
    commitAs(bare, 'clusters/lab/objects/shop/configmap-web.yaml', 'kind: Nothing\n');
    expect(await actions(engine)).toEqual([
      expect.objectContaining({
        action: 'update',
        asks: 'changed by hand',
        what: expect.stringContaining('configmap-web'),
      }),
    ]);
    const [files, drift] = await engine.verify(spec(), contextWith());
    expect(files).toMatchObject({ holds: false, observed: { faults: ['objects/shop/configmap-web.yaml differs'] } });
    expect(drift).toMatchObject({ kind: 'gitops-drift', holds: false });
  });

  test('is signed where a key is given', async () => {
    const key = fresh();
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const bare = makeRepository(fresh());
    const context = contextWith({ KEY: readFileSync(key, 'utf8') });
    await engineAt(bare).apply(spec({ signingKey: { fromEnv: 'KEY' } }), context);
    const allowed = fresh();
    writeFileSync(allowed, `windlass@users.noreply.invalid ${readFileSync(`${key}.pub`, 'utf8')}`);
    const verified = ['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${allowed}`, 'verify-commit', 'main'];
    expect(() => run(bare, ...verified)).not.toThrow();
    const none = engineAt(makeRepository(fresh())).apply(
      spec({ signingKey: { fromEnv: 'KEY' } }),
      contextWith({ KEY: 'canary' }),
    );
    const failure = await failureOf(none);
    expect(failure).toMatchObject({ type: 'ReferenceUnresolved' });
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test.each([
    [
      'argocd',
      'argocd/application.yaml',
      { kind: 'Application', spec: { source: { path: 'clusters/lab', targetRevision: 'main' } } },
    ],
    ['flux', 'flux/kustomization.yaml', { kind: 'Kustomization', spec: { path: './clusters/lab' } }],
  ] as const)('has what %s follows it by', async (layout, file, expected) => {
    const bare = makeRepository(fresh());
    await engineAt(bare).apply(spec({ layout }), contextWith());
    expect(parse(show(bare, file))).toMatchObject(expected);
  });
});

describe('an export is refused', () => {
  const refused = async (directory: string) => failureOf(engineAt(directory).apply(spec(), contextWith()));

  test('where others have put files into its directory, or another rollout has', async () => {
    const foreign = makeRepository(fresh());
    commitAs(foreign, 'clusters/lab/theirs.yaml', 'a: 1\n');
    expect(await refused(foreign)).toMatchObject({ type: 'OwnershipConflict' });
    const ours = makeRepository(fresh());
    await engineAt(ours).apply(spec(), contextWith());
    commitAs(ours, 'clusters/lab/theirs.yaml', 'a: 1\n');
    expect(await refused(ours)).toMatchObject({
      type: 'OwnershipConflict',
      message: expect.stringContaining('theirs.yaml'),
    });
    const other = { ...contextWith(), owner: { ...contextWith().owner, rollout: 'other' } };
    expect(await failureOf(engineAt(ours).plan(spec(), other))).toMatchObject({ type: 'OwnershipConflict' });
  });

  test('where a work tree has the branch, clean or not', async () => {
    const tree = fresh();
    run(scratch, 'init', '--quiet', '-b', 'main', tree);
    run(tree, 'commit', '--quiet', '--allow-empty', '-m', 'first');
    expect(await refused(tree)).toMatchObject({
      type: 'OwnershipConflict',
      message: expect.stringContaining('checked out'),
    });
    writeFileSync(join(tree, 'a'), '1');
    run(tree, 'add', 'a');
    run(tree, 'commit', '--quiet', '-m', 'a');
    run(tree, 'config', 'receive.denyCurrentBranch', 'updateInstead');
    writeFileSync(join(tree, 'a'), '2');
    expect(await refused(tree)).toMatchObject({
      type: 'OwnershipConflict',
      message: expect.stringContaining('nobody has committed'),
    });
  });

  test('where the repository refuses the push, or nobody is let in, or there is none', async () => {
    const bare = makeRepository(fresh());
    mkdirSync(join(bare, 'hooks'));
    writeFileSync(join(bare, 'hooks/pre-receive'), '#!/bin/sh\necho canary >&2\nexit 1\n');
    chmodSync(join(bare, 'hooks/pre-receive'), 0o755);
    const failure = await refused(bare);
    expect(failure).toMatchObject({
      type: 'AccessDenied',
      options: { object: expect.stringContaining('branch main of file:…/') },
    });
    expect(JSON.stringify(failure)).not.toContain('canary');
    expect(await refused(fresh())).toMatchObject({ type: 'NotFound' });

    let asked = '';
    const host = await serving(
      createServer((request, response) => {
        asked = request.headers.authorization ?? '';
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      }),
    );
    const { connection, address } = repositoryAt(`http://ada:canary@${host}/state.git`, {});
    const denied = await failureOf(gitopsExportEngine(connection, sourceOf(EXPORT)).plan(spec(), contextWith()));
    expect(denied).toMatchObject({
      type: 'AccessDenied',
      options: { object: `branch main of http://${host}/state.git` },
    });
    expect(JSON.stringify(denied)).not.toContain('canary');
    expect([address, asked]).toEqual([host, `Basic ${Buffer.from('ada:canary').toString('base64')}`]);
  });

  test.each([
    'ssh://git@example.com/a.git',
    'ext::sh -c touch% x',
    'file://host/a.git',
    '/srv/git/a.git',
    '--upload-pack=x',
  ])('at an address that is none: %s', (url) => {
    expect(() => repositoryAt(url, {})).toThrow(expect.objectContaining({ type: 'ReferenceUnresolved' }));
  });
});
