import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { compareTexts } from '../domain/compare.ts';
import type { ClusterExport, SecretPlaceholder } from '../domain/git-export.ts';
import type { KubernetesObject } from '../domain/kubernetes-api.ts';

/** Says what the export is, and of which rollout: whatever does not fit was not written by it. */
export const MARK = '.windlass.json';

export interface Layout {
  readonly layout: 'plain' | 'argocd' | 'flux';
  readonly rollout: string;
  readonly environment: string;
  /** As tools are to reach it. */
  readonly repository: string;
  readonly branch: string;
  readonly path: string;
}

/** What the mark says. */
interface Mark {
  readonly rollout: string;
  readonly environment: string;
  /** SHA-256 of each file, by its path. */
  readonly files: Readonly<Record<string, string>>;
}

/** The files of an export, by their path below its directory. The same export gives the same bytes. */
export function filesOf(exported: ClusterExport, layout: Layout): ReadonlyMap<string, string> {
  const { objects, secrets } = exported;
  const placed = objects.map((object) => ({ object, file: fileOf(object) }));
  const files = new Map<string, string>(placed.map(({ object, file }) => [file, yaml(object)]));
  for (const secret of secrets) files.set(`secrets/${secret.namespace}/${secret.name}.yaml`, placeholder(secret));
  const resources = placed.map(({ file }) => file);
  files.set(
    'kustomization.yaml',
    yaml({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources }),
  );
  files.set('README.md', readme(exported, layout));
  for (const [file, object] of followers(layout)) files.set(file, yaml(object));
  const sorted = new Map([...files].sort(([a], [b]) => compareTexts(a, b)));
  const mark: Mark = {
    rollout: layout.rollout,
    environment: layout.environment,
    files: Object.fromEntries([...sorted].map(([file, text]) => [file, digest(text)])),
  };
  return new Map([...sorted, [MARK, `${JSON.stringify(mark, null, 2)}\n`]]);
}

/** SHA-256 in hex. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `objects/data-platform/deployment-api.yaml`; the group stands in the name of kinds that are no part of Kubernetes. */
function fileOf({ apiVersion, kind, metadata: { namespace = '_cluster', name } }: KubernetesObject): string {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const own = group.includes('.') && !group.endsWith('.k8s.io') ? `.${group}` : '';
  return `objects/${namespace}/${kind.toLowerCase()}${own}-${name.replaceAll(':', '_')}.yaml`;
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** No kustomization names it, so that nobody applies it in place of the real one. */
function placeholder({ namespace, name, keys }: SecretPlaceholder): string {
  const lines = [
    '# A placeholder: Windlass exports no value of a Secret. The Secret stands in the cluster; keep it, or have it made by what you',
    '# seal secrets with (Sealed Secrets, SOPS, External Secrets). No kustomization of this directory names this file.',
  ];
  // A bundle that comes from the store has its keys in another order than one that was just loaded.
  const stringData = Object.fromEntries(
    Object.entries(keys)
      .sort(([a], [b]) => compareTexts(a, b))
      .map(([key, source]) => [key, `<${source}>`]),
  );
  return `${lines.join('\n')}\n${yaml({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData })}`;
}

function followers(of: Layout): readonly (readonly [string, object])[] {
  const { layout, rollout, environment, repository, branch, path } = of;
  const name = `${rollout}-${environment}`.slice(0, 63).replace(/-+$/, '');
  if (layout === 'argocd')
    return [
      [
        'argocd/application.yaml',
        {
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'Application',
          metadata: { name, namespace: 'argocd' },
          spec: {
            project: 'default',
            source: { repoURL: repository, targetRevision: branch, path },
            destination: { server: 'https://kubernetes.default.svc' },
            // What the cluster has beside the repository, such as Secrets, stays.
            syncPolicy: { automated: { prune: false, selfHeal: true }, syncOptions: ['ServerSideApply=true'] },
          },
        },
      ],
    ];
  if (layout === 'flux')
    return [
      [
        'flux/source.yaml',
        {
          apiVersion: 'source.toolkit.fluxcd.io/v1',
          kind: 'GitRepository',
          metadata: { name, namespace: 'flux-system' },
          spec: { interval: '5m', url: repository, ref: { branch } },
        },
      ],
      [
        'flux/kustomization.yaml',
        {
          apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
          kind: 'Kustomization',
          metadata: { name, namespace: 'flux-system' },
          spec: { interval: '10m', path: `./${path}`, prune: false, sourceRef: { kind: 'GitRepository', name } },
        },
      ],
    ];
  return [];
}

function readme({ objects, secrets, others }: ClusterExport, { rollout, environment }: Layout): string {
  return [
    `# ${rollout} in ${environment}`,
    '',
    'Written by Windlass (`gitops.export`): what is changed here by hand is shown before the next export overwrites it.',
    '',
    `- \`kubectl apply --server-side -k .\` makes ${objects.length} objects.`,
    `- \`secrets/\` names ${secrets.length} Secrets and where their values come from; it holds no value, and is not applied.`,
    '',
    ...(others.length === 0
      ? []
      : [
          'These steps of the rollout are no objects of files, and stand nowhere here:',
          '',
          ...others.map((one) => `- ${one}`),
          '',
        ]),
  ].join('\n');
}
