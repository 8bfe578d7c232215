import { createHash } from 'node:crypto';
import { jsonText, parseJson, type Json } from '../../domain/json.ts';
import type { PlaybookName } from '../../domain/kinds/kubernetes-recreate.ts';
import type { KubernetesObject, ObjectRef, Propagation } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { equalJson, readList, readText } from '../../domain/json-fields.ts';
import { groupOf } from '../identity.ts';
import { writeOwn } from '../inventory/write.ts';

/** Holds the intent as JSON. */
const INTENT = 'windlass.dev/recreate';

/**
 * What is written down about an object before anything of it is deleted, in a ConfigMap beside it: so that whoever comes
 * after a kill knows what was to go by its uid, and never takes what was made since for it.
 */
export interface Intent {
  /** Which doing this is, where it is asked for once per token. */
  readonly token: string | null;
  /** `removed`: all that was to go before is gone; what is there now is new. */
  readonly stage: 'removing' | 'removed';
  /** The object and what goes with it, by uid. */
  readonly remove: readonly Going[];
  /** What goes once the new object is ready. */
  readonly sweep: readonly Going[];
}

/** An object that has to go: this one, not another of the same name. */
export interface Going {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly propagation: Propagation;
}

export function goingOf({ ref, uid, propagation }: Going): Going {
  return { ref, uid, propagation };
}

/** Which intent: two playbooks on one object know nothing of each other's tokens. */
export interface IntentOf {
  readonly playbook: PlaybookName;
  readonly object: ObjectRef;
}

/** Where the intent of an object is kept. */
export function intentRef({ playbook, object }: IntentOf): ObjectRef {
  const { apiVersion, kind, name, namespace } = object;
  const plain = `windlass.${playbook}.${kind.toLowerCase()}.${name}`;
  const hash = createHash('sha256')
    .update(`${groupOf(apiVersion)}/${kind}/${name}`)
    .digest('hex')
    .slice(0, 16);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: plain.length <= 253 ? plain : `${plain.slice(0, 236)}.${hash}`,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/**
 * The intent that is kept for an object; null when there is none.
 *
 * @throws WindlassFailure as `KubernetesApi.get` does.
 */
export async function readIntent(of: IntentOf, client: KubernetesClient, signal: AbortSignal): Promise<Intent | null> {
  return intentIn(await client.get(intentRef(of), { signal }));
}

/**
 * Written only when it differs.
 *
 * @throws WindlassFailure as `writeOwn` does: `TargetBusy` when others keep writing it.
 */
export async function writeIntent(
  of: IntentOf,
  intent: Intent,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  const json = intent as unknown as Json;
  await writeOwn(intentRef(of), client, signal, (now) =>
    equalJson(intentIn(now) as unknown as Json, json)
      ? null
      : { metadata: { annotations: { [INTENT]: jsonText(json) } } },
  );
}

function intentIn(marker: KubernetesObject | null): Intent | null {
  const text = marker?.metadata.annotations?.[INTENT];
  if (text === undefined) return null;
  const json = parseJson(text);
  return {
    token: readText(json, 'token') ?? null,
    stage: readText(json, 'stage') === 'removed' ? 'removed' : 'removing',
    remove: readList(json, 'remove') as unknown as readonly Going[],
    sweep: readList(json, 'sweep') as unknown as readonly Going[],
  };
}
