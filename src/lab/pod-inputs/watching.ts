import type { Json } from '../../domain/json.ts';
import { readText } from '../../domain/json-fields.ts';
import type { ClusterApi } from '../cluster-api.ts';
import { keepFollowing, type Follower } from '../following.ts';
import { INPUT_RESOURCES } from './inputs.ts';
import type { PodKeeper } from './keeper.ts';
import type { InputKind } from './references.ts';

const KINDS = Object.keys(INPUT_RESOURCES) as InputKind[];

/**
 * Keeps a keeper told of the whole cluster, over however many connections that takes. Ends never.
 *
 * @param onTold called once, when all that there is was told for the first time
 * @throws nothing: what a server does not answer goes to `onError`, and it is asked again.
 */
export async function keepWatching(
  api: ClusterApi,
  keeper: PodKeeper,
  onTold: () => void,
  onError: (error: unknown) => void,
): Promise<void> {
  const untold = new Set<string>([...KINDS, 'Pod']);
  const told = (kind: string): void => {
    if (!untold.delete(kind)) return;
    if (untold.size === 1 && untold.has('Pod')) keeper.allTold();
    if (untold.size === 0) {
      keeper.allTold();
      onTold();
    }
  };
  await Promise.all([
    ...KINDS.map((kind) => keepFollowing(api, `/api/v1/${INPUT_RESOURCES[kind]}`, inputs(keeper, kind, told), onError)),
    keepFollowing(api, '/api/v1/pods', pods(keeper, told), onError),
  ]);
}

function inputs(keeper: PodKeeper, kind: InputKind, told: (kind: string) => void): Follower {
  const seen = (object: Json): void => {
    keeper.inputSeen(kind, ...placeOf(object));
  };
  return {
    begin: () => {
      keeper.inputs.begin(kind);
    },
    seen: (object) => {
      keeper.inputs.put(kind, object);
      seen(object);
    },
    gone: (object) => {
      keeper.inputs.remove(kind, ...placeOf(object));
      seen(object);
    },
    allTold: () => {
      keeper.inputs.end(kind);
      told(kind);
      keeper.judgeAll();
    },
  };
}

function pods(keeper: PodKeeper, told: (kind: string) => void): Follower {
  return {
    begin: () => undefined,
    seen: (pod) => {
      keeper.podSeen(pod);
    },
    gone: (pod) => {
      keeper.podGone(pod);
    },
    allTold: () => {
      told('Pod');
    },
  };
}

function placeOf(object: Json): [namespace: string, name: string] {
  return [readText(object, 'metadata', 'namespace') ?? '', readText(object, 'metadata', 'name') ?? ''];
}
