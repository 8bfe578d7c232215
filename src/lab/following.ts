import { setTimeout as sleep } from 'node:timers/promises';
import { read, readText } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import type { ClusterApi } from './cluster-api.ts';

/** Between two tries to reach an API server that does not answer. Milliseconds. */
const PAUSE_MS = 200;
const ALL_TOLD = 'k8s.io/initial-events-end';

/** Whom the objects at one path are told to. */
export interface Follower {
  /** From now on everything that there is, is told anew. */
  begin(): void;
  /** An object is there, or is another one than before. */
  seen(object: Json): void;
  gone(object: Json): void;
  /** Everything was told since `begin`: what was not is gone. */
  allTold(): void;
}

/**
 * Keeps somebody told of all objects at a path of the API server, over however many connections that takes. Ends never.
 *
 * @throws nothing: what a server does not answer goes to `onError`, and it is asked again.
 */
export async function keepFollowing(
  api: ClusterApi,
  path: string,
  follower: Follower,
  onError: (error: unknown) => void,
): Promise<never> {
  for (;;) {
    try {
      await follow(api, path, follower);
    } catch (error) {
      onError(error);
    }
    await sleep(PAUSE_MS);
  }
}

async function follow(api: ClusterApi, path: string, follower: Follower): Promise<void> {
  follower.begin();
  for await (const event of api.watch(path)) {
    const object = read(event, 'object') ?? null;
    switch (readText(event, 'type')) {
      case 'ERROR':
        return;
      case 'BOOKMARK':
        if (readText(object, 'metadata', 'annotations', ALL_TOLD) === 'true') follower.allTold();
        break;
      case 'DELETED':
        follower.gone(object);
        break;
      default:
        follower.seen(object);
    }
  }
}
