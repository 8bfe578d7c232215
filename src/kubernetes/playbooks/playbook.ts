import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesRecreateSpec } from '../../domain/kinds/kubernetes-recreate.ts';
import type { KindRef, KubernetesApi, KubernetesObject, ObjectRef, Propagation } from '../../domain/kubernetes-api.ts';
import type { Planned } from '../plan/planned.ts';
import type { Going, Intent } from './intent.ts';

/** An object that has to go, as a plan shows it. */
export interface Victim extends Going {
  /** Whether data, or something that nobody can bring back, goes with it. */
  readonly destructive: boolean;
  /** What becomes of it, in words that stay the same between a plan and the next. */
  readonly lines: readonly string[];
}

/** A claim that is to ask for more. */
export interface Resize {
  readonly ref: ObjectRef;
  readonly from: string;
  readonly to: string;
}

/** A claim whose data is to be on a volume of another class. */
export interface Move {
  readonly ref: ObjectRef;
  readonly from: string;
  readonly to: string;
  /** The claim that is to have its name, without the volume that it will have. */
  readonly claim: KubernetesObject;
  /** What the pod that copies takes over from those that use the claim, so that nodes and registries accept it. */
  readonly pod: JsonObject;
}

/** What has to be done besides applying the object. */
export interface Recreation {
  readonly resize: readonly Resize[];
  /** Carried out when all that is to go has gone, before the object is made again. */
  readonly moves: readonly Move[];
  /** The object itself; null when it need not go, or is gone. */
  readonly object: Victim | null;
  /** What goes after it, before it is made again. */
  readonly remove: readonly Victim[];
  /** What goes once the new one is ready. */
  readonly sweep: readonly Victim[];
}

export const NOTHING: Recreation = { resize: [], moves: [], object: null, remove: [], sweep: [] };

/** What a playbook decides by. */
export interface Situation {
  readonly spec: KubernetesRecreateSpec;
  /** What applying the object would do; `replace` when the API server refuses that in place. */
  readonly planned: Planned;
  /** The object as it is, unless it is being deleted. */
  readonly live: KubernetesObject | null;
  /** What was written down by this or an earlier step before anything of the object was deleted. */
  readonly intent: Intent | null;
  readonly api: KubernetesApi;
  readonly signal: AbortSignal;
}

/** One kind of change that the API server refuses in place. */
export interface Playbook {
  /** The kinds of object that it knows. */
  readonly kinds: readonly KindRef[];
  /**
   * What has to be done, from the cluster as it is: asked again after each interruption. Touches nothing.
   *
   * @throws WindlassFailure `ExpectationFailed` or `WrongUsage` for what this playbook cannot do.
   */
  derive(situation: Situation): Promise<Recreation>;
  /** How it can be undone, or that it cannot. */
  readonly undo: string;
}

export function victimOf(
  object: KubernetesObject,
  propagation: Propagation,
  destructive: boolean,
  lines: readonly string[],
): Victim {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, uid = '' } = metadata;
  return {
    ref: { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) },
    uid,
    propagation,
    destructive,
    lines,
  };
}

/** Whether what is asked for once per token has not been done for this one, or not been done to its end. */
export function isDue(token: string | undefined, intent: Intent | null): boolean {
  return token !== undefined && (intent?.token !== token || intent.stage === 'removing');
}
