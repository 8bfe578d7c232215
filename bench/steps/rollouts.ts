import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const NAMESPACE = 'bench-steps';

/** Writes a rollout of this many steps, each of one ConfigMap, in one phase and independent of each other. */
export function writeRollout(directory: string, name: string, steps: number): void {
  mkdirSync(join(directory, 'environments'), { recursive: true });
  mkdirSync(join(directory, 'manifests'), { recursive: true });
  const names = Array.from({ length: steps }, (_, n) => `step-${String(n + 1).padStart(4, '0')}`);
  for (const step of names)
    writeFileSync(
      join(directory, 'manifests', `${step}.yaml`),
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}-${step}, namespace: ${NAMESPACE} }\ndata: { step: ${step} }\n`,
    );
  writeFileSync(
    join(directory, 'rollout.yaml'),
    [
      'apiVersion: windlass.dev/v1alpha1',
      'kind: Rollout',
      `metadata: { name: ${name} }`,
      'spec:',
      '  targets: { cluster: { kind: kubernetes } }',
      '  phases:',
      '    - name: all',
      '      steps:',
      ...names.map(
        (step) =>
          `        - { name: ${step}, kind: kubernetes.apply, target: cluster, with: { manifests: [manifests/${step}.yaml] } }`,
      ),
      '',
    ].join('\n'),
  );
  writeFileSync(
    join(directory, 'environments', 'lab.yaml'),
    [
      'apiVersion: windlass.dev/v1alpha1',
      'kind: Environment',
      'metadata: { name: lab }',
      'spec:',
      '  targets:',
      '    cluster: { kind: kubernetes, kubeconfig: { fromEnvFile: WINDLASS_LAB_KUBECONFIG } }',
      '  decisions: { signatures: optional, selfApproval: true }',
      '',
    ].join('\n'),
  );
}
