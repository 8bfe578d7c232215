import type { Bundle } from '../../domain/bundle.ts';
import type { StepKindTable } from '../../domain/kinds/descriptor.ts';
import { lacksOfRights, type Lack, type RequiredRight } from '../../domain/preflight.ts';
import { readText } from '../../domain/json-fields.ts';
import type { BundleFiles } from '../../domain/step-engine.ts';
import type { KubernetesClient } from '../../kubernetes/client/client.ts';
import { requiredRights, type Required } from '../../kubernetes/preflight/required.ts';
import { unmet, whoAmI } from '../../kubernetes/preflight/reviews.ts';
import { clusterWork } from './cluster-rights.ts';
import { veleroLacks } from './velero.ts';

/** What a preflight was answered, without what it was asked of. */
export interface Answered {
  readonly user: string | null;
  readonly server: string | null;
  readonly asked: number;
  readonly lacks: readonly Lack[];
}

/** What a rollout takes on a cluster, in the words of RBAC, and the namespaces that it makes there. */
export interface ClusterRequirements extends Required {
  readonly namespaces: readonly string[];
}

/**
 * The rights that a rollout takes on a cluster. Asks the cluster for the names of its resources alone.
 *
 * @throws WindlassFailure `InvalidManifest`, and what the cluster answers.
 */
export async function clusterRequirements(
  target: string,
  bundle: Bundle,
  files: BundleFiles,
  kinds: StepKindTable,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<ClusterRequirements> {
  const { rights, objects } = await clusterWork(target, bundle, files, kinds);
  const made = objects.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Namespace');
  return {
    ...(await requiredRights(rights, objects, client, signal)),
    namespaces: [...new Set(made.map(({ metadata }) => metadata.name))],
  };
}

/** Asks a cluster. @throws WindlassFailure as `clusterRequirements`. */
export async function askCluster(
  target: string,
  bundle: Bundle,
  files: BundleFiles,
  kinds: StepKindTable,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<Answered> {
  const { rights, unknown } = await clusterRequirements(target, bundle, files, kinds, client, signal);
  const [version, self, missing, velero] = await Promise.all([
    client.readJson('/version', { signal }),
    whoAmI(client, signal),
    unmet<RequiredRight>(rights, client, signal),
    veleroLacks(target, bundle, kinds, client, signal),
  ]);
  return {
    user: self?.username ?? null,
    server: `Kubernetes ${readText(version, 'gitVersion') ?? 'of an unknown version'}`,
    asked: rights.length + unknown.length,
    lacks: [
      ...unknown.map(({ apiVersion, kind, steps }) => ({
        ...{ what: `kind ${kind} of ${apiVersion}, which the cluster does not serve`, steps },
        next: 'Install what brings its CustomResourceDefinition, or let an earlier step of the rollout apply it.',
        needed: true,
      })),
      ...lacksOfRights(missing, self?.username ?? 'the user of the target'),
      ...velero,
    ],
  };
}
