import type { Json, JsonObject } from '../domain/json.ts';
import { isObject, readObject } from '../domain/json-fields.ts';
import type { FieldPath } from './yaml-path.ts';

/** What an object that was read from a cluster brings along. */
export interface ServerFields {
  /** Fields that keep the object from being applied anywhere, and all others that it has of the server. */
  readonly refused: readonly FieldPath[];
  /** Fields that the server sets whatever a manifest says: left out. */
  readonly dropped: readonly FieldPath[];
}

/** One particular object of one particular cluster is meant by these. */
const BINDING = ['uid', 'resourceVersion', 'managedFields', 'deletionTimestamp', 'deletionGracePeriodSeconds'];
/** The server ignores these. */
const IGNORED = ['creationTimestamp', 'generation', 'selfLink'];

const NONE: ServerFields = { refused: [], dropped: [] };

/**
 * Which fields of an object only an API server sets. Where one of them ties it to an object of some cluster, all must go
 * (and the status with them), so that the export is cleaned once; where none does, those that the server ignores anyway
 * are left out, as kubectl and Helm do.
 */
export function serverFields(object: JsonObject): ServerFields {
  const metadata = readObject(object['metadata']);
  const set = (name: string): boolean =>
    metadata[name] !== undefined && metadata[name] !== null && metadata[name] !== '';
  const ignored = IGNORED.filter((name) => metadata[name] !== undefined).map((name) => ['metadata', name]);
  const owners = metadata['ownerReferences'];
  const binding: FieldPath[] = BINDING.filter(set).map((name) => ['metadata', name]);
  if (Array.isArray(owners) && (owners as readonly Json[]).some((owner) => isObject(owner) && 'uid' in owner))
    binding.push(['metadata', 'ownerReferences']);
  if (binding.length === 0) return ignored.length === 0 ? NONE : { refused: [], dropped: ignored };
  const status = Object.keys(readObject(object['status'])).length > 0 ? [['status']] : [];
  return { refused: [...binding, ...ignored.filter((path) => set(path[1] ?? '')), ...status], dropped: [] };
}
