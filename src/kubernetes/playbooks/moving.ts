import { createHash } from 'node:crypto';
import type { Json } from '../../domain/json.ts';
import type { KubernetesApi, KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import { readObject, readText } from '../../domain/json-fields.ts';

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
 * @throws WindlassFailure as `KubernetesApi.list` does; SyntaxError when somebody damaged the note on a volume.
 */
export async function copiesOf(object: ObjectRef, api: KubernetesApi, signal: AbortSignal): Promise<readonly Copied[]> {
  const volumes = await api.list(
    { apiVersion: 'v1', kind: 'PersistentVolume' },
    { labelSelector: `${MOVING}=${movesOf(object)}`, signal },
  );
  return volumes.flatMap((volume) => {
    const text = volume.metadata.annotations?.[MOVING];
    if (text === undefined) return [];
    const note = JSON.parse(text) as Json;
    return {
      volume,
      claim: readObject(note, 'claim') as unknown as KubernetesObject,
      uid: readText(note, 'uid') ?? '',
      policy: readText(note, 'policy') ?? 'Retain',
    };
  });
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
