import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WindlassClient } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import { TestWorker } from '../../tests/support/worker.ts';
import { seconds } from '../harness.ts';
import { NAMESPACE } from './objects.ts';
import type { Stage } from './stage.ts';

const ROLLOUT = `apiVersion: windlass.dev/v1alpha1
kind: Rollout
metadata: { name: bench }
spec:
  targets:
    cluster: { kind: kubernetes }
  phases:
    - name: application
      steps:
        - name: objects
          kind: kubernetes.apply
          target: cluster
          with: { manifests: [manifests], namespace: ${NAMESPACE}, readyWithin: 10m }
`;
const ENVIRONMENT = `apiVersion: windlass.dev/v1alpha1
kind: Environment
metadata: { name: lab }
spec:
  decisions: { signatures: optional, selfApproval: true }
  targets:
    cluster: { kind: kubernetes, kubeconfig: { fromEnvFile: WINDLASS_LAB_KUBECONFIG } }
`;

/** A rollout of the manifests through a real worker and Temporal, from reading its directory to its result. In seconds. */
export async function durably(stage: Stage, manifests: string): Promise<number> {
  const directory = join(stage.scratch, 'bench');
  for (const sub of ['manifests', 'environments']) mkdirSync(join(directory, sub), { recursive: true });
  writeFileSync(join(directory, 'rollout.yaml'), ROLLOUT);
  writeFileSync(join(directory, 'environments', 'lab.yaml'), ENVIRONMENT);
  cpSync(manifests, join(directory, 'manifests', 'objects.yaml'));
  const store = { WINDLASS_STORE: pathToFileURL(join(stage.scratch, 'store')).href };
  const settings: Readonly<Record<string, string>> = { ...stage.cluster.env, ...store };
  const worker = await TestWorker.start(settings, join(stage.scratch, 'worker.log'));
  const client = await WindlassClient.connect(readConfig(settings));
  try {
    return await seconds(async () => {
      const started = await client.startDirectory(directory, { environment: 'lab', by: 'bench' });
      const { status } = await client.result(started);
      if (status.state !== 'done') throw new Error(`the rollout ended ${status.state}`);
    });
  } finally {
    await client.close();
    await worker.stop('SIGTERM');
  }
}
