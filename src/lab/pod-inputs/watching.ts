import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../../domain/json.ts';
import { read, readText } from '../../domain/json-fields.ts';
import type { ClusterApi } from '../cluster-api.ts';
import { INPUT_RESOURCES } from './inputs.ts';
import type { PodKeeper } from './keeper.ts';
import type { InputKind } from './references.ts';

/** Between two tries to reach an API server that does not answer. Milliseconds. */
const PAUSE_MS = 200;
const ALL_TOLD = 'k8s.io/initial-events-end';
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
    ...KINDS.map((kind) => follow(() => watchInputs(api, keeper, kind, told), onError)),
    follow(() => watchPods(api, keeper, told), onError),
  ]);
}

async function follow(watch: () => Promise<void>, onError: (error: unknown) => void): Promise<never> {
  for (;;) {
    try {
      await watch();
    } catch (error) {
      onError(error);
    }
    await sleep(PAUSE_MS);
  }
}

async function watchInputs(
  api: ClusterApi,
  keeper: PodKeeper,
  kind: InputKind,
  told: (kind: string) => void,
): Promise<void> {
  keeper.inputs.begin(kind);
  for await (const event of api.watch(`/api/v1/${INPUT_RESOURCES[kind]}`)) {
    const { type, object } = opened(event);
    if (type === 'ERROR') return;
    if (type === 'BOOKMARK') {
      if (!isEnd(object)) continue;
      keeper.inputs.end(kind);
      told(kind);
      keeper.judgeAll();
      continue;
    }
    const namespace = readText(object, 'metadata', 'namespace') ?? '';
    const name = readText(object, 'metadata', 'name') ?? '';
    if (type === 'DELETED') keeper.inputs.remove(kind, namespace, name);
    else keeper.inputs.put(kind, object);
    keeper.inputSeen(kind, namespace, name);
  }
}

async function watchPods(api: ClusterApi, keeper: PodKeeper, told: (kind: string) => void): Promise<void> {
  for await (const event of api.watch('/api/v1/pods')) {
    const { type, object } = opened(event);
    if (type === 'ERROR') return;
    if (type === 'BOOKMARK') {
      if (isEnd(object)) told('Pod');
    } else if (type === 'DELETED') keeper.podGone(object);
    else keeper.podSeen(object);
  }
}

function opened(event: Json): { readonly type: string; readonly object: Json } {
  return { type: readText(event, 'type') ?? '', object: read(event, 'object') ?? null };
}

function isEnd(bookmark: Json): boolean {
  return readText(bookmark, 'metadata', 'annotations', ALL_TOLD) === 'true';
}
