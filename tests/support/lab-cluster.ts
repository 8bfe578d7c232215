import { readFileSync } from 'node:fs';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { labVariable, type Variables } from './settings.ts';

/** The kubeconfig of a lab, by default of the one that all tests share. */
export function labKubeconfig(env?: Variables): string {
  return readFileSync(labVariable('WINDLASS_LAB_KUBECONFIG', env), 'utf8');
}

/** A client of the cluster of a lab, by default of the one that all tests share, with every right. */
export function openLabCluster(env?: Variables): Promise<KubernetesClient> {
  return openKubernetes({ kubeconfig: labKubeconfig(env) });
}
