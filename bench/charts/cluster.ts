import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { readList, readText } from '../../src/domain/json-fields.ts';

/** The cluster of a lab that is up, and what removes a chart from it again. */
export interface LabCluster extends AsyncDisposable {
  readonly client: KubernetesClient;
  /** In which the variable KUBECONFIG_FILE names the lab's kubeconfig. */
  readonly env: NodeJS.ProcessEnv;
  clear(namespace: string): Promise<void>;
}

/** Opens the cluster of the lab in WINDLASS_LAB_DIR. */
export async function openLabCluster(): Promise<LabCluster> {
  const file = process.env['CHARTS_KUBECONFIG'] ?? join(process.env['WINDLASS_LAB_DIR'] ?? '', 'kubeconfig');
  const client = await openKubernetes({ kubeconfig: readFileSync(file, 'utf8') });
  return {
    client,
    env: { ...process.env, KUBECONFIG_FILE: file },
    clear: async (namespace) => {
      // A webhook or an API whose server never runs would refuse what the next chart does.
      for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']) {
        const plural = `${kind.toLowerCase()}s`;
        const list = await client.readJson(`/apis/admissionregistration.k8s.io/v1/${plural}`);
        for (const item of readList(list, 'items')) {
          const name = readText(item, 'metadata', 'name') ?? '';
          if (readText(item, 'metadata', 'labels', 'applyset.kubernetes.io/part-of') !== undefined)
            await client.delete({ apiVersion: 'admissionregistration.k8s.io/v1', kind, name });
        }
      }
      const services = await client.readJson('/apis/apiregistration.k8s.io/v1/apiservices');
      for (const item of readList(services, 'items')) {
        const name = readText(item, 'metadata', 'name') ?? '';
        if (readText(item, 'metadata', 'labels', 'applyset.kubernetes.io/part-of') !== undefined)
          await client.delete({ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name });
      }
      await client.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
