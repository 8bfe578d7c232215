import type { Bundle } from '../domain/bundle.ts';
import { compareTexts } from '../domain/compare.ts';
import type { AskCluster } from '../domain/rendering.ts';
import { DEFAULT_KUBE_VERSION } from './rendered/cluster.ts';

/** Answers for the clusters as they were when a bundle was made: charts render to the same objects where none answers. */
export function asToldBefore({ told = {} }: Pick<Bundle, 'told'>): AskCluster {
  const all = Object.values(told);
  const kubeVersion = all.find((one) => one.kubeVersion !== undefined)?.kubeVersion ?? DEFAULT_KUBE_VERSION;
  const apiVersions = [...new Set(all.flatMap((one) => one.apiVersions ?? []))].sort(compareTexts);
  return () => Promise.resolve({ facts: { kubeVersion, apiVersions } });
}
