import type { Agent } from 'undici';
import type { Json } from '../../domain/json.ts';
import { readList, readText } from '../../domain/json-fields.ts';
import { accepted, ClusterApi } from '../cluster-api.ts';
import { LOOPBACK } from '../ports.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const KINDS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const;

/**
 * Deletes the webhook configurations that lead to a Kyverno on this machine. Left behind, they would refuse whatever its
 * policies are about, since nobody answers any more.
 *
 * @throws LabFailure when it is refused; what undici throws when nobody answers.
 */
export async function removeWebhooks(address: string, agent: Agent): Promise<void> {
  const api = new ClusterApi(address, agent);
  const paths = await Promise.all(KINDS.map(async (kind) => ourWebhooks(api, `${GROUP}/${kind}`)));
  await Promise.all(
    paths.flat().map(async (path) => {
      const answer = await api.send(path, { method: 'DELETE' });
      if (answer.status !== 404) accepted(answer, path);
    }),
  );
}

async function ourWebhooks(api: ClusterApi, path: string): Promise<string[]> {
  return readList(await api.get(path), 'items').flatMap((configuration) => {
    const name = readText(configuration, 'metadata', 'name') ?? '';
    return name.startsWith('kyverno-') && leadsHere(configuration) ? [`${path}/${name}`] : [];
  });
}

/** One without webhooks, of a Kyverno without policies, leads nowhere else. */
function leadsHere(configuration: Json): boolean {
  return readList(configuration, 'webhooks').every(
    (webhook) => readText(webhook, 'clientConfig', 'url')?.startsWith(`https://${LOOPBACK}:`) === true,
  );
}
