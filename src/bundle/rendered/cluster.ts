import type { HelmRelease } from '../../domain/kinds/helm-release.ts';
import type { ClusterFacts } from '../../domain/rendering.ts';
import type { RenderContext } from './context.ts';

/** What a chart is told when neither the step nor the target says it. */
export const DEFAULT_KUBE_VERSION = '1.36';

/** What is known of the cluster that a chart goes to. */
export interface Cluster {
  readonly kubeVersion: string;
  /** Null when it was not asked or did not answer: then the chart is told what Helm knows by itself. */
  readonly answered: ClusterFacts | null;
  /** Worth a note to whoever has a chart that asks; null when all is known. */
  readonly silence: string | null;
}

/**
 * Asks the target what it serves, unless the step says all of it.
 *
 * @throws what asking throws besides its answer, which is no failure: see `AskCluster`.
 */
export async function askCluster(
  { clusters }: RenderContext,
  target: string,
  { kubeVersion, apiVersions }: HelmRelease,
): Promise<Cluster> {
  const said = { kubeVersion: kubeVersion ?? DEFAULT_KUBE_VERSION, answered: null, silence: null };
  if (clusters === undefined || (kubeVersion !== undefined && apiVersions !== undefined)) return said;
  const answer = await clusters(target);
  if ('facts' in answer)
    return { ...said, kubeVersion: kubeVersion ?? answer.facts.kubeVersion, answered: answer.facts };
  const told = kubeVersion === undefined ? `Kubernetes ${DEFAULT_KUBE_VERSION} and ` : '';
  return {
    ...said,
    silence: `the chart asks what its cluster serves, and the target "${target}" did not say so (${answer.silent}): the chart is told ${told}what Helm knows by itself, and another bundle comes of it where the target answers. Say kubeVersion and apiVersions in the step to have it the same everywhere, or repeat an earlier bundle with --as-told`,
  };
}
