import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { equalJson, readList, readText } from '../fields.ts';
import type { Declared } from '../manifests/declare.ts';
import { differences } from './diff.ts';
import { ownFields } from './ownership.ts';
import type { Conflict, Planned } from './planned.ts';

/** Somebody who writes all the time must not keep a plan from being made. */
const LOOKS = 3;
const NOTHING: Pick<Planned, 'differences' | 'notes'> = { differences: [], notes: [] };

/**
 * What a server-side dry run says that applying an object would do. Where fields belong to others, a second one tells
 * what taking them over would change. When somebody wrote between our reading and the dry run, the object is read again:
 * their change is not ours to show.
 *
 * @throws WindlassFailure when the server refuses the object for good.
 */
export async function askServer(
  declared: Declared,
  read: KubernetesObject,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<Planned> {
  let live = read;
  let conflicts: readonly Conflict[] = [];
  for (let look = 1; ; look += 1) {
    const base = { declared, live, conflicts };
    try {
      const after = await api.apply(declared.object, { dryRun: true, force: conflicts.length > 0, signal });
      if (after.metadata.resourceVersion === live.metadata.resourceVersion || look >= LOOKS)
        return { ...base, ...outcome(live, after) };
      const now = await api.get(declared.ref, { signal });
      if (now === null) return { ...base, live: null, conflicts: [], action: 'create', ...NOTHING };
      live = now;
    } catch (error) {
      if (!(error instanceof WindlassFailure)) throw error;
      if (error.options.facts?.immutable === true)
        return { ...base, action: 'replace', differences: [], notes: [error.message] };
      if (error.type !== 'OwnershipConflict' || conflicts.length > 0) throw error;
      conflicts = conflictsOf(error);
    }
  }
}

function outcome(live: KubernetesObject, after: KubernetesObject): Pick<Planned, 'action' | 'differences' | 'notes'> {
  const found = differences(live, after);
  if (found.length > 0) return { action: 'update', differences: found, notes: [] };
  // Equal values under another ownership: without the write we would not notice when a field leaves the manifest.
  return equalJson(ownFields(live)?.fields, ownFields(after)?.fields)
    ? { action: 'unchanged', ...NOTHING }
    : { action: 'update', differences: [], notes: ['ownership of fields only, no value changes'] };
}

function conflictsOf(failure: WindlassFailure): Conflict[] {
  return readList(failure.options.facts, 'conflicts').map((conflict) => ({
    manager: readText(conflict, 'manager') ?? '',
    field: readText(conflict, 'field') ?? '',
  }));
}
