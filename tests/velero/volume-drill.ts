import type { Applied } from '../../src/domain/step-engine.ts';
import { veleroDrill, type VeleroDrillSpec } from '../../src/domain/kinds/velero-drill.ts';
import type { KubernetesApi } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { POD_IMAGE } from '../../src/lab/index.ts';
import type { S3Connection } from '../../src/objectstore/client.ts';
import { veleroDrillEngine } from '../../src/velero/drill/drill-engine.ts';
import { engineContext } from '../objectstore/support.ts';
import { drillTools } from './drill-tools.ts';

/** The namespace whose volume is drilled. */
export const NAMESPACE = 'shop';

/** Drills the volumes of the namespace; always the same run of that step. */
export function drillVolumes(
  step: string,
  client: KubernetesClient,
  store: S3Connection,
  through: KubernetesApi = client,
): Promise<Applied> {
  const tools = { ...drillTools(client, store), api: through };
  return veleroDrillEngine({ ...tools, logs: (pod, signal) => client.logs(pod, signal) }).apply(
    spec(step),
    drillContext(step),
  );
}

export function drillContext(step: string) {
  return engineContext({ owner: { ...engineContext().owner, step } });
}

function spec(name: string): VeleroDrillSpec {
  return veleroDrill.parse({
    name,
    objectStore: 'objects',
    includedNamespaces: [NAMESPACE],
    volumes: 'file-system',
    inspector: POD_IMAGE,
    within: '3m',
  });
}
