import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { groupOf, keyOf, labelOf, refOf } from '../identity.ts';
import { isDefinition } from '../../manifests/definitions.ts';
import type { AllDeclared } from './declared.ts';

/** Kinds of the core group that take others, or data, with them. */
const NEVER = new Set(['Namespace', 'PersistentVolumeClaim', 'PersistentVolume']);

export interface Protection {
  /** Kinds, or objects as `labelOf` names them, that may go all the same. */
  readonly allow: readonly string[];
  readonly declared: AllDeclared;
  /** Keys of all that would be deleted with it. */
  readonly doomed: ReadonlySet<string>;
  readonly client: KubernetesClient;
  readonly signal: AbortSignal;
}

/**
 * Why a member that nobody declares is kept all the same; null when it may go.
 *
 * @throws WindlassFailure as `objectsLeft` does.
 */
export async function reasonToKeep(object: KubernetesObject, protection: Protection): Promise<string | null> {
  if (Array.isArray(object.metadata.ownerReferences)) return 'another object owns it, and decides';
  const label = labelOf(refOf(object));
  const allowed = protection.allow.includes(object.kind) || protection.allow.includes(label);
  if (isDefinition(object)) {
    const left = allowed ? 0 : await objectsLeft(object, protection);
    return left === 0
      ? null
      : `${left === null ? 'its objects may not be listed' : `${String(left)} objects of its kind are left`}: ${unless(label)}`;
  }
  if (groupOf(object.apiVersion) !== '' || !NEVER.has(object.kind)) return null;
  if (!allowed) return `a ${object.kind} is never deleted ${unless(label)}`;
  const holds = object.kind === 'Namespace' && protection.declared.contents.namespaces.has(object.metadata.name);
  return holds ? 'steps declare objects in it' : null;
}

function unless(label: string): string {
  return `unless \`allow\` names ${label}`;
}

/**
 * How many objects of a definition's kind would stay; null when that may not be known.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does, but for `AccessDenied`; when the kinds of the cluster cannot be read.
 */
export async function objectsLeft(
  definition: KubernetesObject,
  { doomed, client, signal }: Pick<Protection, 'doomed' | 'client' | 'signal'>,
): Promise<number | null> {
  // A definition is named after what it makes: `<plural>.<group>`.
  const kinds = await client.discovery.findAll([], signal);
  const kind = [...kinds.values()].find(
    ({ plural, apiVersion }) => `${plural}.${groupOf(apiVersion)}` === definition.metadata.name,
  );
  if (kind === undefined) return 0;
  try {
    const objects = await client.list(kind, { metadataOnly: true, signal });
    return objects.filter((object) => !doomed.has(keyOf(refOf(object)))).length;
  } catch (error) {
    if (!(error instanceof WindlassFailure)) throw error;
    if (error.type === 'UnknownKind') return 0;
    if (error.type === 'AccessDenied') return null;
    throw error;
  }
}
