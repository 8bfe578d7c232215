import { describe, expect, test } from '@jest/globals';
import type { KubernetesApi, KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { journalOf, writeJournal } from '../../src/velero/drill/journal.ts';

const REF = { apiVersion: 'v1', kind: 'Secret', namespace: 'velero', name: 'drill' };
const JOURNAL = { nonce: 'n', backup: 'b', parts: { objects: { planted: ['ConfigMap a/s'] } } };

async function written(): Promise<KubernetesObject> {
  let stored: KubernetesObject | undefined;
  const apply: KubernetesApi['apply'] = (object) => Promise.resolve((stored = object));
  await writeJournal({ apply } as KubernetesApi, REF, {}, JOURNAL, new AbortController().signal);
  return stored!;
}

describe('the journal of a drill', () => {
  test('is read as it was written', async () => {
    expect(journalOf(await written())).toEqual(JOURNAL);
  });

  test('that somebody damaged is none, so that no later drill stumbles over it', async () => {
    const journal = await written();
    const data = { ...(journal['data'] as object), 'part-objects': Buffer.from('no gzip').toString('base64') };
    expect(journalOf({ ...journal, data })).toBeNull();
  });
});
