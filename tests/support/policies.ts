import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
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

/** Writes the policy of a worker: what it lets happen, by environment. @returns the file. */
export async function writePolicy(file: string, environments: Readonly<Record<string, object>>): Promise<string> {
  const policy = { apiVersion: API_VERSION, kind: 'Policy', metadata: { name: 'test' }, spec: { environments } };
  await writeFile(file, stringify(policy));
  return file;
}
