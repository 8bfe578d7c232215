import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { readObject } from '../../src/domain/json-fields.ts';
import type { ClusterFacts } from '../../src/domain/rendering.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { writtenInText } from '../../src/domain/secret-text.ts';
import { parseManifestFile } from '../../src/manifests/yaml.ts';
import { itemsOf } from '../../src/manifests/lists.ts';

type Templated = { readonly documents: readonly KubernetesObject[] } | { readonly refused: string };

/** What `helm template` itself comes to, for the cluster as it is. */
export async function templated(
  helm: string,
  chart: string,
  namespace: string,
  { kubeVersion, apiVersions }: ClusterFacts,
): Promise<Templated> {
  const home = await mkdtemp(join(tmpdir(), 'windlass-charts-helm-'));
  const args = ['template', 'trial', chart, '--namespace', namespace, '--include-crds', '--kube-version', kubeVersion];
  const options = { env: { HOME: home, PATH: '' }, maxBuffer: 512 * 1024 * 1024 };
  const { ok, stdout, stderr } = await new Promise<{ ok: boolean; stdout: string; stderr: string }>((resolve) => {
    execFile(helm, [...args, '--api-versions', apiVersions.join(',')], options, (error, out, err) => {
      resolve({ ok: error === null, stdout: out, stderr: err });
    });
  });
  await rm(home, { recursive: true });
  if (!ok) return { refused: stderr.replace(/\s+/g, ' ').slice(0, 200) };
  const documents = stdout
    .split(/^---(?=\s|$)/m)
    .flatMap((text) => parseManifestFile(text).documents)
    .flatMap(({ value }) => itemsOf(value).map(({ item }) => item as unknown as KubernetesObject))
    .filter((one) => typeof one === 'object' && (one as unknown) !== null);
  return { documents };
}

const HOOK = 'helm.sh/hook';

/** The events of a hook; none for what is none. */
export function eventsOf(object: KubernetesObject): readonly string[] {
  const events = object.metadata.annotations?.[HOOK] ?? '';
  return events
    .split(',')
    .map((event) => event.trim())
    .filter((event) => event !== '');
}

/** Every hook as near to what Helm does as a step can have it. */
export function hooksOf(documents: readonly KubernetesObject[]): Readonly<Record<string, string>> {
  const hooks = documents.flatMap((object): [string, string][] => {
    const events = eventsOf(object);
    if (events.length === 0 || events.every((event) => event.startsWith('test'))) return [];
    const before = events.some((event) => ['pre-install', 'pre-upgrade'].includes(event));
    const after = events.some((event) => ['post-install', 'post-upgrade'].includes(event));
    return [[`${object.kind}/${object.metadata.name}`, before ? 'before' : after ? 'after' : 'skip']];
  });
  return Object.fromEntries(hooks);
}

/**
 * What the step says of Secrets: nothing; what comes out the same every time as it is rendered, as far as that is allowed;
 * or everything by reference, with Helm's own value behind it.
 */
export function mappingOf(
  first: readonly KubernetesObject[],
  second: readonly KubernetesObject[],
  mode: 'kept' | 'as rendered' | 'mapped',
  env: NodeJS.ProcessEnv,
): object {
  if (mode === 'kept') return {};
  const all = first
    .filter(({ kind }) => kind === 'Secret')
    .map((secret) => {
      const other = second.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === secret.metadata.name);
      const again = other === undefined ? new Map<string, string>() : valuesOf(other);
      const keys = [...valuesOf(secret)].flatMap(([key, value]): [string, object][] => {
        if (value === '') return [];
        const same = again.get(key) === value;
        if (mode === 'as rendered' && !same) return [];
        if (mode === 'as rendered' && writtenInText(key, value) === null) return [[key, { asRendered: true }]];
        const variable = `SECRET_${secret.metadata.name}_${key}`.replace(/\W/g, '_').toUpperCase();
        env[variable] = value;
        return [[key, { fromEnv: variable }]];
      });
      return [secret.metadata.name, Object.fromEntries(keys)] as const;
    });
  return Object.fromEntries(all.filter(([, keys]) => Object.keys(keys).length > 0));
}

function valuesOf(secret: KubernetesObject): ReadonlyMap<string, string> {
  const whole = secret as unknown as JsonObject;
  const textOf = (value: Json): string => (typeof value === 'string' ? value : '');
  const data = Object.entries(readObject(whole['data'])).map(
    ([key, value]) => [key, Buffer.from(textOf(value), 'base64').toString()] as const,
  );
  const texts = Object.entries(readObject(whole['stringData'])).map(([key, value]) => [key, textOf(value)] as const);
  return new Map([...data, ...texts]);
}
