import type { Bundle } from '../domain/bundle.ts';
import type { SecretPlaceholder } from '../domain/git-export.ts';
import { stepPath } from '../domain/names.ts';
import { referenceLabel } from '../domain/reference.ts';
import { shapeOf } from '../domain/shape.ts';
import type { Step } from '../domain/step.ts';
import type { ExportSource } from '../gitops/export-engine.ts';
import type { KubernetesClient } from '../kubernetes/client/client.ts';
import { driftOf, objectsForFiles, type Governed } from '../kubernetes/export/exported.ts';
import type { InventoryHome } from '../kubernetes/inventory/apply-set.ts';

/** Steps that only look, wait or ask, or take over what others declare: nothing of them could stand in a file. */
const LEAVES_NOTHING = new Set([
  'kubernetes.adopt',
  'kubernetes.prune',
  'kubernetes.recreate',
  'network.flows',
  'audit',
  'monitoring.verify',
  'probe',
  'load',
  'approval',
  'gitops.export',
]);

/** What the steps of a bundle have put on a cluster. */
export function exportSource(bundle: Bundle, target: string, api: KubernetesClient, home: InventoryHome): ExportSource {
  const steps = included(bundle);
  const here = steps.map(({ step }) => step).filter((step) => 'target' in step && step.target === target);
  return {
    exported: async (context) => {
      const specs = here.flatMap((step) => (step.kind === 'kubernetes.apply' ? [step.with] : []));
      const governed = [...here.flatMap(scaled), ...(await suspended(here, api, context.signal))];
      return {
        objects: await objectsForFiles(specs, governed, context, api),
        secrets: here.flatMap(secretsOf),
        others: steps
          .filter(({ step }) => !LEAVES_NOTHING.has(step.kind) && !isOnCluster(step, target))
          .map(({ path, step }) => `${path} (${step.kind})`),
      };
    },
    drift: (objects, context) => driftOf(objects, home, context, api),
  };
}

function isOnCluster(step: Step, target: string): boolean {
  return 'target' in step && step.target === target && step.kind.startsWith('kubernetes.');
}

function included(bundle: Bundle): readonly { readonly path: string; readonly step: Step }[] {
  const shapes = shapeOf(bundle).phases;
  return bundle.phases.flatMap(({ name, steps }, at) =>
    steps.flatMap((step, index) =>
      shapes[at]?.steps[index]?.included === true ? [{ path: stepPath(name, step.name), step }] : [],
    ),
  );
}

function scaled(step: Step): readonly Governed[] {
  if (step.kind !== 'kubernetes.scale') return [];
  const { namespace, workloads } = step.with;
  return workloads.map(({ apiVersion, kind, name }) => ({
    ref: { apiVersion, kind, namespace, name },
    field: 'replicas',
  }));
}

async function suspended(
  steps: readonly Step[],
  api: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly Governed[]> {
  const namespaces = new Set(
    steps.flatMap((step) => (step.kind === 'kubernetes.suspend' ? [step.with.namespace] : [])),
  );
  const kind = { apiVersion: 'batch/v1', kind: 'CronJob' };
  const found = await Promise.all(
    [...namespaces].map((namespace) => api.list(kind, { namespace, metadataOnly: true, signal })),
  );
  return found
    .flat()
    .map(({ metadata: { name, namespace = '' } }) => ({ ref: { ...kind, namespace, name }, field: 'suspend' }));
}

function secretsOf(step: Step): readonly SecretPlaceholder[] {
  if (step.kind === 'kubernetes.secret') {
    const { namespace, name, data, generate } = step.with;
    const keys = [
      ...Object.entries(data).map(([key, reference]) => [key, referenceLabel(reference)] as const),
      ...Object.keys(generate).map((key) => [key, 'generated'] as const),
    ];
    return [{ namespace, name, keys: Object.fromEntries(keys) }];
  }
  if (step.kind !== 'kubernetes.apply') return [];
  const { secrets, namespace: otherwise = 'default' } = step.with;
  return Object.entries(secrets).map(([named, data]) => {
    const [first = '', second] = named.split('/');
    const keys = Object.entries(data).map(([key, value]) => [
      key,
      'asRendered' in value ? 'as the chart renders it' : referenceLabel(value),
    ]);
    return {
      namespace: second === undefined ? otherwise : first,
      name: second ?? first,
      keys: Object.fromEntries(keys) as Readonly<Record<string, string>>,
    };
  });
}
