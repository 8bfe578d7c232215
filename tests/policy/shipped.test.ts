import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { mayDownload } from '../../src/domain/policy.ts';
import { parsePolicy } from '../../src/policy/read-policy.ts';

const read = (path: string) => parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as unknown;

test('the policy of deploy/kubernetes reads, and lets nobody start anything before somebody has a key', () => {
  const { data } = read('deploy/kubernetes/policy.yaml') as { data: Record<string, string> };
  const { environments } = parsePolicy(data['policy.yaml'] ?? '', 'policy.yaml').spec;
  expect(environments).toMatchObject({
    production: { signatures: 'required', signers: {}, endpoints: ['in-cluster'] },
  });
});

test('the policy of docker-compose.yml reads, and names the servers of that file', () => {
  const { configs } = read('docker-compose.yml') as { configs: Record<string, { content: string }> };
  const text = (configs['policy.yaml']?.content ?? '').replaceAll('${WINDLASS_SUBNET:-172.30.64}', '172.30.64');
  const { environments } = parsePolicy(text, 'policy.yaml').spec;
  expect(environments['compose']?.endpoints).toEqual(['k3s:6443', '172.30.64.11:5432', '172.30.64.10:9000']);
});

test('the policies that are shipped let artifacts be downloaded that rollouts/ and examples/ migrate', () => {
  const { data } = read('deploy/kubernetes/policy.yaml') as { data: Record<string, string> };
  const { configs } = read('docker-compose.yml') as { configs: Record<string, { content: string }> };
  const texts = [data['policy.yaml'], configs['policy.yaml']?.content];
  const policies = texts.flatMap((text = '') =>
    Object.values(
      parsePolicy(text.replaceAll('${WINDLASS_SUBNET:-172.30.64}', '172.30.64'), 'policy.yaml').spec.environments,
    ),
  );
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const files = globSync('{rollouts,examples}/*/rollout.yaml', { cwd: root });
  const servers = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\burl: (https:\S+)/g)].map(
      ([, url = '']) => `${new URL(url).hostname}:443`,
    ),
  );
  // The flagship alone downloads anything, and may be gone.
  expect(files).toContain('examples/minimal/rollout.yaml');
  for (const policy of policies) expect(servers.filter((server) => !mayDownload(policy, server))).toEqual([]);
});
