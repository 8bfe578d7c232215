import { policyFile, type EnvironmentPolicy } from '../../src/domain/policy.ts';
import { API_VERSION } from '../../src/domain/rollout.ts';

/** What a worker lets happen in an environment, as a policy's file says it, with its defaults. */
export function policyOf(said: object): EnvironmentPolicy {
  const { spec } = policyFile.parse({
    apiVersion: API_VERSION,
    kind: 'Policy',
    metadata: { name: 'test' },
    spec: { environments: { lab: said } },
  });
  return spec.environments['lab']!;
}
