import { WindlassFailure } from '../../domain/failure.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { read, readList, readObject, readText, without } from '../../domain/json-fields.ts';
import { labelOf, refOf } from '../identity.ts';
import { claimsOf, templateNames } from './claims.ts';
import { copiesOf, MOVING, type Copied } from './moving.ts';
import { orphaned } from './orphan.ts';
import { NOTHING, victimOf, type Move, type Playbook, type Situation } from './playbook.ts';

/**
 * Volumes in another storage class, with their data: nothing uses a claim while it is copied, so a StatefulSet goes with
 * its pods first. The copy then takes the name of the claim, and the old volume stays as it is, without a claim.
 */
export const move: Playbook = {
  kinds: [
    { apiVersion: 'apps/v1', kind: 'StatefulSet' },
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  ],

  async derive(situation) {
    const { planned, live, api, signal } = situation;
    const { declared } = planned;
    const isSet = declared.ref.kind === 'StatefulSet';
    const fresh = isSet ? await movesOfSet(situation) : movesOfClaim(situation);
    const copies = await copiesOf(declared.ref, api, signal);
    if (isSet && live !== null) await refuseOutdated(copies, live, api, signal);
    const begun = copies.map(({ claim }): Move => {
      const to = readText(claim, 'spec', 'storageClassName') ?? '';
      return { ref: refOf(claim), from: '', to, claim, pod: {} };
    });
    const known = new Set(begun.map(({ ref }) => ref.name));
    const moves = [...begun, ...fresh.filter(({ ref }) => !known.has(ref.name))];
    if (!isSet) {
      if (moves.length > 0) await refuseUsed(moves, null, api, signal);
      return { ...NOTHING, moves };
    }
    if (moves.length === 0) return { ...NOTHING, object: orphaned(planned, live) };
    if (live === null) return { ...NOTHING, moves };
    refuseLoss(live);
    await refuseUsed(moves, live, api, signal);
    return { ...NOTHING, moves, object: victimOf(live, 'Foreground', false, ['its pods are stopped while it moves']) };
  },

  undo: 'By the same playbook with the storage class from before. The old volumes are kept until somebody deletes them.',
};

async function movesOfSet({ planned, api, signal }: Situation): Promise<readonly Move[]> {
  const { object, ref } = planned.declared;
  const templates = readList(object, 'spec', 'volumeClaimTemplates');
  const named = new Map(templates.map((template) => [readText(template, 'metadata', 'name') ?? '', template]));
  const claims = await claimsOf(ref.name, ref.namespace ?? '', templateNames(object), api, signal);
  const pod = readObject(object, 'spec', 'template', 'spec');
  return claims.flatMap(({ template, claim }) => moveOf(claim, named.get(template), pod) ?? []);
}

function movesOfClaim({ planned, live }: Situation): readonly Move[] {
  if (live === null) return [];
  const one = moveOf(live, planned.declared.object, {});
  return one === null ? [] : [one];
}

/** Given to the pod that copies as to those that use the claim. */
const PLACE = ['nodeSelector', 'tolerations', 'imagePullSecrets'];
/** What a controller has noted about the old volume. */
const NOT_KEPT = /^(pv|volume(\.beta)?)\.kubernetes\.io\//;

/** The move of a claim; null when it is in the class that is wanted, or none is. */
function moveOf(claim: KubernetesObject, wanted: Json | undefined, pod: JsonObject): Move | null {
  const from = readText(claim, 'spec', 'storageClassName') ?? '';
  const to = readText(wanted, 'spec', 'storageClassName');
  const ref = refOf(claim);
  if (to === undefined || to === from) return null;
  if (readText(claim, 'spec', 'volumeMode') === 'Block')
    throw new WindlassFailure('ExpectationFailed', 'It is a raw block device, and only file systems are copied.', {
      object: labelOf(ref),
      next: 'Move its data with the tools of what writes it; nothing was touched.',
    });
  const { labels = {}, annotations = {}, name, namespace = '' } = claim.metadata;
  const kept = Object.entries(annotations).filter(([key]) => !NOT_KEPT.test(key));
  const spec = readObject(wanted, 'spec');
  const chosen = {
    accessModes: readList(spec, 'accessModes'),
    resources: readObject(spec, 'resources'),
    storageClassName: to,
  };
  return {
    ref,
    from,
    to,
    claim: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace, labels, annotations: Object.fromEntries(kept) },
      spec: { ...without(spec, new Set(['volumeName', 'dataSource', 'dataSourceRef'])), ...chosen },
    },
    pod: Object.fromEntries<Json>(
      PLACE.flatMap((key) => {
        const value = pod[key];
        return value === undefined ? [] : [[key, value] as const];
      }),
    ),
  };
}

/** A StatefulSet that takes its claims along would take the data along. */
function refuseLoss(live: KubernetesObject): void {
  if (readText(live, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') !== 'Delete') return;
  throw new WindlassFailure('ExpectationFailed', 'Its claims would be deleted with it, and their data.', {
    object: labelOf(refOf(live)),
    next: 'Set persistentVolumeClaimRetentionPolicy.whenDeleted to Retain first; nothing was touched.',
  });
}

/** Somebody made the StatefulSet again while its data was copied already: what it wrote since is not in the copy. */
async function refuseOutdated(
  copies: readonly Copied[],
  live: KubernetesObject,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<void> {
  for (const { claim, uid, volume } of copies) {
    const now = await api.get(refOf(claim), { signal });
    if (now?.metadata.uid !== uid) continue;
    throw new WindlassFailure(
      'ExpectationFailed',
      `It was made again while ${labelOf(refOf(claim))} was moved: the copy on PersistentVolume ${volume.metadata.name} may be older than its data.`,
      {
        object: labelOf(refOf(live)),
        next: `Take the label ${MOVING} off that volume to copy the data anew, then retry; nothing was touched.`,
      },
    );
  }
}

/** What is written to while it is copied would be copied wrong. @param owner whose own pods go before that. */
async function refuseUsed(
  moves: readonly Move[],
  owner: KubernetesObject | null,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<void> {
  const users = await usersOf(
    moves.map(({ ref }) => ref.name),
    moves[0]?.ref.namespace ?? '',
    api,
    signal,
  );
  const foreign = users.filter((pod) => !isOwnedBy(pod, owner));
  if (foreign.length === 0) return;
  throw new WindlassFailure(
    'ExpectationFailed',
    `A volume that is moved must not be in use, and these pods use it: ${foreign.map(({ metadata }) => metadata.name).join(', ')}.`,
    {
      object: moves.length === 1 && moves[0] ? labelOf(moves[0].ref) : `${String(moves.length)} claims`,
      next: 'Stop them first, as with kubernetes.scale to 0; nothing was touched.',
      facts: { pods: foreign.slice(0, 100).map(({ metadata }) => metadata.name) },
    },
  );
}

/**
 * Pods that use some claims and have not ended; those that copy are ours.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function usersOf(
  claims: readonly string[],
  namespace: string,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const pods = await api.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, signal });
  return pods.filter(
    (pod) =>
      pod.metadata.labels?.[COPIES] === undefined &&
      !['Succeeded', 'Failed'].includes(readText(pod, 'status', 'phase') ?? '') &&
      readList(pod, 'spec', 'volumes').some((volume) =>
        claims.includes(readText(volume, 'persistentVolumeClaim', 'claimName') ?? ''),
      ),
  );
}

/** On the pods that copy. */
export const COPIES = 'windlass.dev/copies';

function isOwnedBy(pod: KubernetesObject, owner: KubernetesObject | null): boolean {
  return readList(pod, 'metadata', 'ownerReferences').some((one) => read(one, 'uid') === owner?.metadata.uid);
}
