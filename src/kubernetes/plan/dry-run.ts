import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readList, readText } from '../../domain/json-fields.ts';
import type { Declared } from '../declare.ts';
import { differences } from './diff.ts';
import { withoutEmpty, type Meant } from './empty-values.ts';
import type { Conflict, Planned } from './planned.ts';
import { isSameOwnership } from './same-ownership.ts';
import { standingDefault, withDeclaredUnions } from './standing-default.ts';

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
        return { ...base, ...outcome(declared, live, after) };
      const now = await api.get(declared.ref, { signal });
      if (now === null) return { ...base, live: null, conflicts: [], action: 'create', ...NOTHING };
      live = now;
    } catch (error) {
      if (!(error instanceof WindlassFailure)) throw error;
      if (error.type === 'InvalidManifest') {
        // A controller may have filled something in since.
        live = (await api.get(declared.ref, { signal })) ?? live;
        const meant = await withoutEmpty(declared.object, live, error, api, signal);
        if (meant !== null) return askedAs(meant, declared, live, api, signal);
        if (error.options.facts?.immutable !== true) return afterTaking(error, declared, live, conflicts, api, signal);
        return { declared, live, conflicts, action: 'replace', differences: [], notes: [error.message] };
      }
      if (error.type !== 'OwnershipConflict' || conflicts.length > 0) throw error;
      conflicts = conflictsOf(error);
    }
  }
}

/** What is made anew is made as it is declared. */
async function askedAs(
  { object, notes }: Meant,
  declared: Declared,
  live: KubernetesObject,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<Planned> {
  const asked = await askServer({ ...declared, object }, live, api, signal);
  const isMade = asked.action === 'create' || asked.action === 'replace';
  return { ...asked, notes: [...asked.notes, ...notes], ...(isMade ? { declared } : {}) };
}

function outcome(
  { object, kind }: Declared,
  live: KubernetesObject,
  after: KubernetesObject,
): Pick<Planned, 'action' | 'differences' | 'notes'> {
  const found = differences(live, after, kind);
  if (found.length > 0) return { action: 'update', differences: found, notes: [] };
  // Equal values under another ownership: without the write we would not notice when a field leaves the manifest.
  return isSameOwnership(object, live, after)
    ? { action: 'unchanged', ...NOTHING }
    : { action: 'update', differences: [], notes: ['ownership of fields only, no value changes'] };
}

/**
 * The same for a declaration that is refused only for members of unions that are still there.
 *
 * @param before the conflicts that a dry run without force met.
 * @throws `refused` when that is not so.
 */
async function afterTaking(
  refused: WindlassFailure,
  declared: Declared,
  live: KubernetesObject,
  before: readonly Conflict[],
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<Planned> {
  const standing = await standingDefault(refused, declared, live, api, signal);
  if (standing === null) throw refused;
  const { taking, elsewise, owned, notes } = standing;
  const { conflicts: found, after, immutable } = await forced(elsewise, api, signal);
  const conflicts = [...before, ...found.filter(({ field }) => !before.some((one) => one.field === field)), ...owned];
  if (after === null) return { declared, live, conflicts, action: 'replace', differences: [], notes: [immutable] };
  return {
    declared,
    live,
    conflicts,
    action: 'update',
    first: taking,
    ...(owned.length === 0 ? {} : { letGo: standing.standing }),
    differences: differences(live, withDeclaredUnions(after, standing), declared.kind),
    notes,
  };
}

type Forced =
  | { readonly after: KubernetesObject; readonly conflicts: readonly Conflict[]; readonly immutable?: undefined }
  | { readonly after: null; readonly conflicts: readonly Conflict[]; readonly immutable: string };

/** A dry run that takes over what belongs to others, and what that is; `after` is null for what cannot be changed. */
async function forced(object: KubernetesObject, api: KubernetesApi, signal: AbortSignal): Promise<Forced> {
  let conflicts: readonly Conflict[] = [];
  for (;;) {
    try {
      return { after: await api.apply(object, { dryRun: true, force: conflicts.length > 0, signal }), conflicts };
    } catch (error) {
      if (!(error instanceof WindlassFailure)) throw error;
      if (error.options.facts?.immutable === true) return { after: null, conflicts, immutable: error.message };
      if (error.type !== 'OwnershipConflict' || conflicts.length > 0) throw error;
      conflicts = conflictsOf(error);
    }
  }
}

function conflictsOf(failure: WindlassFailure): Conflict[] {
  return readList(failure.options.facts, 'conflicts').map((conflict) => ({
    manager: readText(conflict, 'manager') ?? '',
    field: readText(conflict, 'field') ?? '',
  }));
}
