import { describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { loadedFiles } from '../../src/bundle/files.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { STEP_KINDS } from '../../src/domain/kinds/table.ts';
import { allDeclared } from '../../src/kubernetes/prune/declared.ts';
import { declaredOn } from '../../src/steps/declared-on.ts';
import { rolloutOf } from '../bundle/scratch.ts';

const ROLLOUT = `
apiVersion: windlass.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  targets:
    cluster: { kind: kubernetes }
    db: { kind: postgres }
    objects: { kind: s3 }
  phases:
    - name: all
      steps:
        - { name: web, kind: kubernetes.apply, target: cluster, with: { manifests: [manifests], namespace: shop } }
        - name: keys
          kind: kubernetes.secret
          target: cluster
          when: { parameter: keys, equals: true }
          with: { name: keys, namespace: shop, data: { a: { secret: app-password } } }
        - name: location
          kind: velero.location
          target: cluster
          with: { name: default, objectStore: objects, bucket: backups }
        - name: nightly
          kind: velero.schedule
          target: cluster
          with: { name: nightly, schedule: '@daily', includedNamespaces: [shop] }
  parameters: { keys: { default: false } }
`;

async function declared(target: string) {
  await using rollout = await rolloutOf(null, {
    'rollout.yaml': ROLLOUT,
    'environments/lab.yaml': `
apiVersion: windlass.dev/v1alpha1
kind: Environment
metadata: { name: lab }
spec:
  secrets: { app-password: { fromEnv: APP_PASSWORD } }
  targets:
    cluster: { kind: kubernetes }
    db: { kind: postgres, url: { fromEnv: DB_URL } }
    objects: { kind: s3, endpoint: { fromEnv: S3 }, accessKey: { fromEnv: A }, secretKey: { fromEnv: B } }
  decisions: { signatures: optional }
`,
    'manifests/web.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\n',
  });
  const result = await loadRollout(rollout.path, 'lab');
  if (!result.ok) throw new Error(result.problems.map(problemLine).join('\n'));
  return await allDeclared(declaredOn(target, result.bundle, STEP_KINDS), loadedFiles(result));
}

const secret = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'Secret', namespace, name });
const velero = (kind: string, name: string) => ({ apiVersion: 'velero.io/v1', kind, namespace: 'velero', name });

describe('what a prune keeps', () => {
  test('is what steps declare by name as well as in manifests, skipped steps included', async () => {
    const all = await declared('cluster');
    // It was in the manifests of an earlier bundle, and has moved into a step of its own.
    expect(all.has(secret('shop', 'keys'))).toBe(true);
    expect(all.has(velero('BackupStorageLocation', 'default'))).toBe(true);
    expect(all.has(secret('velero', 'default-credentials'))).toBe(true);
    expect(all.has(velero('Schedule', 'nightly'))).toBe(true);
    expect(all.has(secret('shop', 'other'))).toBe(false);
    // Members are looked for where manifests put them: nobody needs the right to list Secrets for this.
    expect(all.contents.groupKinds).not.toContain('Secret');
    expect(all.contents.namespaces).not.toContain('velero');
  });

  test('is nothing of what is declared on another target', async () => {
    expect((await declared('db')).has(secret('shop', 'keys'))).toBe(false);
  });

  test('is, of every kind that reads manifests, what is in them', () => {
    const reading = Object.values(STEP_KINDS).filter(({ files }) =>
      (Object.values(files) as readonly string[]).includes('manifests'),
    );
    expect(reading).not.toHaveLength(0);
    for (const { declares } of reading) {
      expect(declares?.of({ manifests: ['web.yaml'], namespace: 'shop' } as never)).toMatchObject({
        manifests: ['web.yaml'],
        namespace: 'shop',
      });
    }
  });
});
