import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { read, readList, readText } from '../../domain/json-fields.ts';
import { labelOf, refOf } from '../identity.ts';
import { quantityOf } from '../../domain/quantity.ts';
import { allowed, claimsOf, templateNames } from './claims.ts';
import { orphaned } from './orphan.ts';
import { NOTHING, type Playbook, type Resize, type Situation } from './playbook.ts';

/**
 * Larger volumes. Claims are asked for more in place; a StatefulSet, whose templates never change, is made again around
 * its pods. Volumes never shrink here, and change their class
 * by the playbook `move` alone: that takes a copy of the data.
 */
export const expand: Playbook = {
  kinds: [
    { apiVersion: 'apps/v1', kind: 'StatefulSet' },
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  ],

  async derive(situation) {
    const { planned, live, api, signal } = situation;
    const { declared } = planned;
    if (declared.ref.kind === 'PersistentVolumeClaim') {
      const claim = live && growth(live, declared.object);
      if (claim) await assertExpandable([claim], api, signal);
      if (planned.action === 'replace') throw otherwise(declared.label, 'more than the size of the claim changes');
      return NOTHING;
    }
    const resize = await resizesOf(situation);
    await assertExpandable(resize, api, signal);
    return { ...NOTHING, resize, object: orphaned(planned, live) };
  },

  undo: 'It cannot be undone: volumes do not shrink.',
};

interface Growth extends Resize {
  readonly storageClass: string;
}

async function resizesOf({ planned, live, api, signal }: Situation): Promise<readonly Growth[]> {
  const { object, ref } = planned.declared;
  const templates = readList(object, 'spec', 'volumeClaimTemplates');
  const named = new Map(templates.map((template) => [readText(template, 'metadata', 'name') ?? '', template]));
  for (const before of readList(live ?? undefined, 'spec', 'volumeClaimTemplates')) {
    const name = readText(before, 'metadata', 'name') ?? '';
    const after = readText(named.get(name), 'spec', 'storageClassName');
    const now = readText(before, 'spec', 'storageClassName');
    if (after !== undefined && now !== undefined && after !== now)
      throw otherwise(labelOf(ref), `the storage class of template ${name} changes from ${now} to ${after}`);
  }
  const claims = await claimsOf(ref.name, ref.namespace ?? '', templateNames(object), api, signal);
  return claims.flatMap(({ template, claim }) => growth(claim, named.get(template)) ?? []);
}

/** What a claim is to grow by; null when it is as large as it should be. @throws WindlassFailure when it should shrink. */
function growth(claim: KubernetesObject, wanted: Json | undefined): Growth | null {
  const from = readText(claim, 'spec', 'resources', 'requests', 'storage') ?? '0';
  const to = readText(wanted, 'spec', 'resources', 'requests', 'storage') ?? from;
  const [before, after] = [quantityOf(from) ?? 0, quantityOf(to) ?? 0];
  const ref = refOf(claim);
  if (after < before)
    throw new WindlassFailure('ExpectationFailed', `It would shrink from ${from} to ${to}, which no volume can.`, {
      object: labelOf(ref),
      next: 'Declare at least its present size; for smaller volumes use fresh-volumes, or restore a backup into them.',
    });
  return after === before ? null : { ref, from, to, storageClass: readText(claim, 'spec', 'storageClassName') ?? '' };
}

async function assertExpandable(claims: readonly Growth[], api: KubernetesApi, signal: AbortSignal): Promise<void> {
  for (const name of new Set(claims.map(({ storageClass }) => storageClass))) {
    const ref = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name };
    const found = name === '' ? null : await allowed(api.get(ref, { signal }));
    // Where classes may not be read, the API server itself refuses the first claim, before anything is deleted.
    if (found === undefined || read(found ?? undefined, 'allowVolumeExpansion') === true) continue;
    const of = claims.filter(({ storageClass }) => storageClass === name).map(({ ref: claim }) => labelOf(claim));
    throw new WindlassFailure('ExpectationFailed', `Storage class ${name} does not let volumes grow.`, {
      object: of.length === 1 ? (of[0] ?? '') : `${String(of.length)} claims`,
      next: 'Set allowVolumeExpansion on the class if its driver can do it; else restore a backup into larger volumes.',
      facts: { storageClass: name, claims: of },
    });
  }
}

function otherwise(object: string, why: string): WindlassFailure {
  return new WindlassFailure(
    'ExpectationFailed',
    `Volumes only grow here, and ${why}: that takes a copy of the data.`,
    {
      object,
      next: 'Use the playbook move, which copies the data, or fresh-volumes where it may be lost; nothing was touched.',
    },
  );
}
