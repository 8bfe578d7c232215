import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { AUDITED_KINDS } from '../../src/domain/audit.ts';
import { groupOf } from '../../src/domain/kubernetes-api.ts';
import { ROOT } from './compose-project.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly spec?: { readonly template?: { readonly spec: PodSpec } };
}
interface PodSpec {
  readonly serviceAccountName: string;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: unknown;
  readonly containers: readonly { readonly image: string; readonly securityContext: unknown }[];
}

/** Of the kinds that are looked at here. */
const pluralOf = (kind: string) => `${kind.toLowerCase()}s`.replace(/ys$/, 'ies').replace(/sss$/, 'sses');
const directory = join(ROOT, 'deploy', 'kubernetes');
const { resources } = parse(readFileSync(join(directory, 'kustomization.yaml'), 'utf8')) as { resources: string[] };
const manifests = resources.flatMap((file) =>
  parseAllDocuments(readFileSync(join(directory, file), 'utf8')).map((document) => document.toJS() as Manifest),
);
const rules = (kind: string): readonly Rule[] => manifests.filter((m) => m.kind === kind).flatMap((m) => m.rules ?? []);

describe('deploy/kubernetes', () => {
  test('lists every file that is there', () => {
    expect([...resources, 'kustomization.yaml'].sort()).toEqual(readdirSync(directory).sort());
  });

  test('runs the worker of this version, without privileges, with time to drain', () => {
    const pod = manifests.find(({ kind }) => kind === 'Deployment')!.spec!.template!.spec;
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(pod).toMatchObject({
      serviceAccountName: 'windlass-worker',
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          image: `windlass/worker:${version}`,
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    });
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(20);
  });

  test('grants nothing by wildcard, no deletion, and no way to more rights', () => {
    const granted = [...rules('ClusterRole'), ...rules('Role')];
    expect(granted).not.toHaveLength(0);
    for (const { apiGroups, resources, verbs } of granted) {
      for (const word of [...apiGroups, ...resources, ...verbs]) expect(word).not.toContain('*');
      for (const verb of ['delete', 'deletecollection', 'escalate', 'bind', 'impersonate'])
        expect(verbs).not.toContain(verb);
      expect(resources).not.toContain('pods/exec');
    }
  });

  test('lets the worker apply every kind that the rollouts of this repository declare', () => {
    const beside = ['platform', 'policies', 'certificates']
      .flatMap((name) => parseAllDocuments(readFileSync(join(ROOT, `deploy/rights/${name}.yaml`), 'utf8')))
      .map((document) => document.toJS() as Manifest)
      .flatMap((manifest) => manifest.rules ?? []);
    const appliable = [...rules('ClusterRole'), ...beside]
      .filter(({ verbs }) => verbs.includes('create') && verbs.includes('patch'))
      .flatMap(({ resources }) => resources);
    const declared = globSync('{rollouts,examples}/*/manifests/**/*.yaml', { cwd: ROOT }).flatMap((file) =>
      parseAllDocuments(readFileSync(join(ROOT, file), 'utf8')).map((document) => (document.toJS() as Manifest).kind),
    );
    expect(declared).not.toHaveLength(0);
    for (const kind of new Set(declared)) expect(appliable).toContain(pluralOf(kind));
  });

  test('lets the worker read Secrets by name alone, and nowhere but in Velero’s namespace', () => {
    expect(rules('ClusterRole').flatMap(({ resources }) => resources)).not.toContain('secrets');
    for (const { resources, resourceNames, verbs } of rules('Role')) {
      if (resources.includes('secrets') && resourceNames === undefined) expect(verbs).toEqual(['create']);
    }
    expect(manifests.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace)).toEqual([
      'default',
      'velero',
    ]);
  });
});

describe('deploy/rights', () => {
  const folder = join(ROOT, 'deploy', 'rights');
  const granted = readdirSync(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS() as Manifest),
  );

  test('lets an audit list every kind that it looks at, but Secrets', () => {
    const { rules = [] } =
      granted.find(({ metadata, kind }) => kind === 'ClusterRole' && metadata.name === 'windlass-audit') ?? {};
    const listed = rules
      .filter(({ verbs }) => verbs.includes('list'))
      .flatMap(({ apiGroups, resources }) => resources.map((resource) => `${apiGroups.join()}/${resource}`));
    const wanted = Object.entries(AUDITED_KINDS).map(
      ([kind, apiVersion]) => `${groupOf(apiVersion)}/${pluralOf(kind)}`,
    );
    expect(listed.toSorted()).toEqual(wanted.filter((one) => one !== '/secrets').toSorted());
  });

  test('grants nothing by wildcard, and no way to more rights', () => {
    // Addresses that are no resources are granted without groups.
    const all: readonly (Partial<Rule> & { readonly nonResourceURLs?: readonly string[] })[] = granted.flatMap(
      (manifest) => manifest.rules ?? [],
    );
    expect(all).not.toHaveLength(0);
    for (const { apiGroups = [], resources: named = [], nonResourceURLs = [], verbs = [] } of all) {
      for (const word of [...apiGroups, ...named, ...nonResourceURLs, ...verbs]) expect(word).not.toContain('*');
      for (const verb of ['deletecollection', 'escalate', 'bind', 'impersonate']) expect(verbs).not.toContain(verb);
    }
  });
});
