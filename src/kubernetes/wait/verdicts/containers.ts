import type { Json } from '../../../domain/json.ts';
import type { KubernetesObject } from '../../../domain/kubernetes-api.ts';
import { isObject, read, readList, readNumber, readObject, readText } from '../../../domain/json-fields.ts';

/** One container of a pod as the kubelet reports it. */
export interface ContainerReport {
  readonly about: { readonly key: string; readonly pod: string; readonly container: string; readonly init?: true };
  /** Why it waits; empty when it does not. */
  readonly waiting: string;
  readonly message: string;
  readonly ready: boolean;
  /** Since when it runs, in milliseconds since the epoch; null when it does not run. */
  readonly runningSince: number | null;
  /** False while a startup probe has not yet succeeded. */
  readonly started: boolean;
  readonly restarts: number;
  /** How it ended last; null when it never did. */
  readonly ended: { readonly reason: string; readonly exitCode: number | null } | null;
}

/** All containers of a pod, init containers first. */
export function containersOf(pod: KubernetesObject): readonly ContainerReport[] {
  return [
    ...readList(pod, 'status', 'initContainerStatuses').map((status) => reportOf(pod, status, true)),
    ...readList(pod, 'status', 'containerStatuses').map((status) => reportOf(pod, status, false)),
  ];
}

function reportOf(pod: KubernetesObject, status: Json, init: boolean): ContainerReport {
  const name = pod.metadata.name;
  const container = readText(status, 'name') ?? '';
  const terminated = [read(status, 'state', 'terminated'), read(status, 'lastState', 'terminated')].find(isObject);
  const since = Date.parse(readText(status, 'state', 'running', 'startedAt') ?? '');
  const running = read(status, 'state', 'running') !== undefined;
  return {
    about: { key: `${name}/${container}`, pod: name, container, ...(init ? { init } : {}) },
    waiting: readText(status, 'state', 'waiting', 'reason') ?? '',
    message: readText(readObject(status, 'state', 'waiting'), 'message') ?? '',
    ready: read(status, 'ready') === true,
    runningSince: running ? (Number.isNaN(since) ? 0 : since) : null,
    started: read(status, 'started') !== false,
    restarts: readNumber(status, ['restartCount'], 0),
    ended: terminated === undefined ? null : endOf(terminated),
  };
}

function endOf(terminated: Json): { reason: string; exitCode: number | null } {
  const code = read(terminated, 'exitCode');
  return {
    reason: readText(terminated, 'reason') ?? '',
    exitCode: typeof code === 'number' ? code : null,
  };
}
