import { createHash } from 'node:crypto';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesApi, KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import { isObject, jsonIn, read, readText } from '../../domain/json-fields.ts';
import { labelOf, refOf } from '../identity.ts';

/** Both the label and the annotation of a volume that holds a finished copy, until the move of its claim is over. */
export const MOVING = 'windlass.dev/move';

/**
 * A volume that holds all the data of a claim, and is about to become that claim's. It is written down on the volume
 * itself, which outlives both claims: from here on a move is told by it alone.
 */
export interface Copied {
  readonly volume: KubernetesObject;
  /** The claim that is to have it. */
  readonly claim: KubernetesObject;
  /** The uid of the claim that has its name until then. */
  readonly uid: string;
  /** What the reclaim policy of the volume is afterwards. */
  readonly policy: string;
}

/** What volumes of one object's moves are labelled with. */
export function movesOf({ kind, namespace = '', name }: ObjectRef): string {
  return shortHash(`${kind} ${namespace}/${name}`);
}

/** The name of the claim and of the Job by which the data of a claim is copied. */
export function copyName({ name }: ObjectRef): string {
  return `windlass-move-${shortHash(name)}`;
}

/**
 * The finished copies of the claims of an object.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does; `ExpectationFailed` when somebody damaged the note on a volume.
 */
export async function copiesOf(object: ObjectRef, api: KubernetesApi, signal: AbortSignal): Promise<readonly Copied[]> {
  const volumes = await api.list(
    { apiVersion: 'v1', kind: 'PersistentVolume' },
    { labelSelector: `${MOVING}=${movesOf(object)}`, signal },
  );
  return volumes.map((volume) => {
    const note = jsonIn(volume.metadata.annotations?.[MOVING] ?? '');
    const claim = read(note, 'claim');
    const uid = readText(note, 'uid');
    if (!isClaim(claim) || uid === undefined) throw damaged(volume);
    return { volume, claim, uid, policy: readText(note, 'policy') ?? 'Retain' };
  });
}

function isClaim(value: Json | undefined): value is KubernetesObject {
  return (
    isObject(value) &&
    readText(value, 'apiVersion') === 'v1' &&
    readText(value, 'kind') === 'PersistentVolumeClaim' &&
    readText(value, 'metadata', 'name') !== undefined
  );
}

function damaged(volume: KubernetesObject): WindlassFailure {
  return new WindlassFailure(
    'ExpectationFailed',
    `It holds a finished copy of a claim, and somebody damaged the annotation ${MOVING}, which says of which.`,
    {
      object: labelOf(refOf(volume)),
      next:
        `Write the annotation back as it was. If the old claim is still there, you may take the label ${MOVING} off the ` +
        'volume instead, and its data is copied anew. Then retry; nothing was touched.',
    },
  );
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
