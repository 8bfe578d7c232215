import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { readFileSync } from 'node:fs';
import { loadedFiles } from '../../src/bundle/files.ts';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { AskCluster } from '../../src/domain/rendering.ts';
import { ensureTools } from '../../src/lab/index.ts';
import { toolRenderer } from '../../src/renderer.ts';
import { openStep } from '../../src/steps/open-step.ts';
import { planRollout } from '../../src/steps/plan.ts';
import { anywhere } from '../../src/steps/reach.ts';
import type { LabCluster } from './cluster.ts';
import { compareObjects, objectsOf } from './compare.ts';
import { hooksOf, mappingOf, templated } from './helm.ts';

export interface Verdict {
  readonly chart: string;
  readonly version: string;
  readonly objects: number;
  /** `yes`, or what is not the same. */
  readonly equal: string;
  /** How the values of its Secrets are had: none, kept, as rendered, mapped. */
  readonly secrets: string;
  readonly applied: string;
  /** `unchanged`, or what would change. */
  readonly again: string;
}

const NOTHING = { objects: 0, equal: '-', secrets: '-', applied: '-', again: '-' };

/** Carries one chart through: what `helm template` refuses is not ours to judge. */
export async function tryChart(name: string, chart: string, cluster: LabCluster, ask: AskCluster): Promise<Verdict> {
  const { version = '' } = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8')) as { version?: string };
  const namespace = `chart-${name}`.slice(0, 50);
  const at = { chart: name, version };
  const helm = (await ensureTools(['helm'])).get('helm') ?? 'helm';
  const facts = await ask('cluster', { kind: 'kubernetes', kubeconfig: { fromEnvFile: 'KUBECONFIG_FILE' } } as never);
  const served = 'facts' in facts ? facts.facts : { kubeVersion: '1.36', apiVersions: [] };
  const [first, second] = [
    await templated(helm, chart, namespace, served),
    await templated(helm, chart, namespace, served),
  ];
  if ('refused' in first || 'refused' in second)
    return { ...at, ...NOTHING, equal: `helm refuses it: ${'refused' in first ? first.refused : ''}` };
  const directory = await mkdtemp(join(tmpdir(), 'windlass-charts-'));
  const env = { ...cluster.env };
  try {
    let secrets = 'none';
    let loaded: LoadedRollout | null = null;
    const said: string[] = [];
    for (const mode of ['kept', 'as rendered', 'mapped'] as const) {
      const mapping = mappingOf(first.documents, second.documents, mode, env);
      await write(directory, chart, namespace, first.documents, mapping);
      const tried = await loadRollout(directory, 'lab', { parameters: {}, renderer: toolRenderer(), clusters: ask });
      if (tried.ok) {
        secrets = mode === 'kept' && first.documents.every(({ kind }) => kind !== 'Secret') ? 'none' : mode;
        loaded = tried;
        break;
      }
      said.push(tried.problems.map(problemLine)[0] ?? '');
    }
    if (loaded === null) return { ...at, ...NOTHING, equal: `refused: ${said.at(-1) ?? ''}` };
    const ours = objectsOf(loaded.files);
    const equal = compareObjects(ours, first.documents, second.documents, namespace);
    const result = { ...at, objects: ours.length, equal, secrets };
    const applied = await apply(loaded, env);
    if (applied !== 'yes') return { ...result, applied, again: '-' };
    const again = await loadRollout(directory, 'lab', { parameters: {}, renderer: toolRenderer(), clusters: ask });
    return { ...result, applied, again: again.ok ? await changes(again, env) : 'refused' };
  } catch (error) {
    return { ...at, ...NOTHING, applied: error instanceof Error ? error.message.slice(0, 300) : 'failed' };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function write(
  directory: string,
  chart: string,
  namespace: string,
  documents: readonly KubernetesObject[],
  secrets: object,
): Promise<void> {
  await mkdir(join(directory, 'environments'), { recursive: true });
  await cp(chart, join(directory, 'chart'), { recursive: true, dereference: true });
  const made = documents.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
  const others = documents.flatMap(({ metadata }) => metadata.namespace ?? []);
  const namespaces = [...new Set([namespace, ...others])].filter((one) => !made.includes(one) && one !== 'kube-system');
  const hooks = hooksOf(documents);
  const metadata = { name: 'charts' };
  const common = { apiVersion: 'windlass.dev/v1alpha1' };
  await writeFile(
    join(directory, 'namespace.yaml'),
    namespaces.map((name) => stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })).join('---\n'),
  );
  const on = { kind: 'kubernetes.apply', target: 'cluster' };
  const release = { chart: 'chart', release: 'trial', hooks };
  const steps = [
    { ...on, name: 'namespace', with: { manifests: ['namespace.yaml'] } },
    { ...on, name: 'chart', needs: ['namespace'], with: { namespace, wait: false, helm: release, secrets } },
  ];
  const spec = { targets: { cluster: { kind: 'kubernetes' } }, phases: [{ name: 'p', steps }] };
  await writeFile(join(directory, 'rollout.yaml'), stringify({ ...common, kind: 'Rollout', metadata, spec }));
  const targets = { cluster: { kind: 'kubernetes', kubeconfig: { fromEnvFile: 'KUBECONFIG_FILE' } } };
  await writeFile(
    join(directory, 'environments/lab.yaml'),
    stringify({ ...common, kind: 'Environment', metadata: { name: 'lab' }, spec: { targets } }),
  );
}

async function apply(loaded: LoadedRollout, env: NodeJS.ProcessEnv): Promise<string> {
  const reach = anywhere(env);
  const { rollout, environment } = loaded.bundle;
  for (const { name: phase, steps } of loaded.bundle.phases)
    for (const step of steps) {
      const bound = await openStep(loaded.bundle, step, reach);
      const owner = { rollout, environment, bundle: loaded.digest, run: 'charts', phase, step: step.name };
      const signal = AbortSignal.timeout(300_000);
      const fence = { token: Date.now(), deadline: Date.now() + 300_000, lock: 'lock/lab/cluster' };
      try {
        await bound.apply({
          files: loadedFiles(loaded),
          signal,
          resolve: reach.resolve,
          owner,
          fence,
          progress: () => undefined,
        });
      } catch (error) {
        if (error instanceof WindlassFailure)
          return `${step.name}: ${error.message} ${JSON.stringify(error.summary()).slice(0, 600)}`;
        throw error;
      } finally {
        await bound.close();
      }
    }
  return 'yes';
}

async function changes(loaded: LoadedRollout, env: NodeJS.ProcessEnv): Promise<string> {
  const signal = AbortSignal.timeout(300_000);
  const found: string[] = [];
  for await (const { changes: all, failure } of planRollout(loaded.bundle, loadedFiles(loaded), { env, signal })) {
    if (failure !== null) found.push(failure.message);
    for (const change of all)
      if (change.action !== 'unchanged') found.push(`${change.action} ${change.what} ${change.detail?.[0] ?? ''}`);
  }
  return found.length === 0 ? 'unchanged' : found.slice(0, 3).join('; ');
}
