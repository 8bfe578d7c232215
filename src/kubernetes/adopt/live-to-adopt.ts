import type { Change } from '../../domain/change.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { equalJson } from '../../domain/json-fields.ts';
import { PART_OF } from '../inventory/apply-set.ts';
import type { Declared } from '../declare.ts';
import { differenceLine, differences } from '../plan/diff.ts';
import { isAsApplied, ownFields } from '../plan/ownership.ts';
import { changedIn, standingDefault, withDeclaredUnions, type StandingDefault } from '../plan/standing-default.ts';
import { LAST_APPLIED, ownershipOf, type Owned, type Ownership } from './ownership.ts';
import type { Take } from './take.ts';

/** What adopting one object comes to. */
export interface Adoption {
  readonly declared: Declared;
  /** Null when there is nothing to adopt. */
  readonly live: KubernetesObject | null;
  readonly ownership: Ownership;
  /** Whether it carries the annotation of client-side apply. */
  readonly annotated: boolean;
  /** Fields that would get another value, `path: before -> after`. */
  readonly values: readonly string[];
  /** Whether something has to be written. */
  readonly open: boolean;
  /** Why it cannot be, in fields that never change. */
  readonly immutable: string | null;
}

const NOBODY: Ownership = { moved: 0, owned: [], managedFields: null };
/** Somebody who writes all the time must not keep an adoption from being planned. */
const LOOKS = 3;

/** Looks at one object. Only reads. @throws WindlassFailure when the server refuses it for good. */
export async function look(
  declared: Declared,
  read: KubernetesObject | null,
  take: Take,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<Adoption> {
  let live = read;
  for (let looks = 1; ; looks += 1) {
    if (live === null) return nothing(declared, null);
    let after: KubernetesObject;
    try {
      after = isAsApplied(declared.object, live)
        ? live
        : await client.apply(declared.object, { dryRun: true, force: true, signal });
    } catch (error) {
      if (!(error instanceof WindlassFailure)) throw error;
      if (error.options.facts?.immutable === true)
        return { ...nothing(declared, live), open: true, immutable: error.message };
      const standing =
        error.type === 'InvalidManifest' ? await standingDefault(error, declared, live, client, signal) : null;
      if (standing === null) throw error;
      return await amongUnions(declared, live, standing, take, client, signal);
    }
    if (after.metadata.resourceVersion === live.metadata.resourceVersion || looks >= LOOKS)
      return adoptionOf(declared, live, after, take);
    live = await client.get(declared.ref, { signal });
  }
}

/** The same where a member of a union is there of which another one is declared: it is taken over like what is declared. */
async function amongUnions(
  declared: Declared,
  live: KubernetesObject,
  standing: StandingDefault,
  take: Take,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<Adoption> {
  try {
    const after = await client.apply(standing.elsewise, { dryRun: true, force: true, signal });
    const contested = {
      standing: standing.standing,
      fields: standing.fields,
      changed: changedIn(standing, declared.object, live),
    };
    const ownership = ownershipOf(live, after, take, contested);
    const values = differences(live, withDeclaredUnions(after, standing), declared.kind);
    return {
      ...nothing(declared, live),
      ownership: { ...ownership, owned: [...ownership.owned, ...membership(live, after, take)] },
      annotated: isAnnotated(live),
      values: [...values.map((difference) => differenceLine(live, difference)), ...standing.notes],
      open: true,
    };
  } catch (error) {
    if (!(error instanceof WindlassFailure) || error.options.facts?.immutable !== true) throw error;
    return { ...nothing(declared, live), open: true, immutable: error.message };
  }
}

function isAnnotated(live: KubernetesObject): boolean {
  return live.metadata.annotations?.[LAST_APPLIED] !== undefined;
}

function nothing(declared: Declared, live: KubernetesObject | null): Adoption {
  return { declared, live, ownership: NOBODY, annotated: false, values: [], open: false, immutable: null };
}

function adoptionOf(declared: Declared, live: KubernetesObject, after: KubernetesObject, take: Take): Adoption {
  const found = ownershipOf(live, after, take);
  const ownership = { ...found, owned: [...found.owned, ...membership(live, after, take)] };
  const annotated = isAnnotated(live);
  const values = differences(live, after, declared.kind).map((difference) => differenceLine(live, difference));
  const same = equalJson(ownFields(live)?.fields, ownFields(after)?.fields);
  const open = values.length > 0 || !same || annotated || ownership.managedFields !== null;
  return { declared, live, ownership, annotated, values, open, immutable: null };
}

/** The label of another inventory, which the API server takes for ours. */
function membership(live: KubernetesObject, after: KubernetesObject, take: Take): Owned[] {
  const set = live.metadata.labels?.[PART_OF];
  if (set === undefined || set === after.metadata.labels?.[PART_OF]) return [];
  const field = `.metadata.labels.${PART_OF}`;
  return [{ manager: `another inventory (${set})`, field, differs: true, taken: take(field) }];
}

/** Fields that keep the object from being adopted: of others, with another value, and not to be taken. */
export function refusedOf({ ownership }: Adoption): readonly Owned[] {
  return ownership.owned.filter(({ differs, taken }) => differs && !taken);
}

const SHOWN = 60;

/** What people read of it. Giving a field of somebody else another value is destructive: theirs is lost. */
export function changeOf(adoption: Adoption): Change {
  const { declared, live, open, immutable } = adoption;
  const what = declared.label;
  if (live === null)
    return { action: 'unchanged', what, destructive: false, detail: ['it is not there: nothing to adopt'] };
  if (!open) return { action: 'unchanged', what, destructive: false };
  if (immutable !== null) return { action: 'replace', what, destructive: true, detail: [immutable] };
  const lines = linesOf(adoption);
  const more = lines.length > SHOWN ? [`and ${String(lines.length - SHOWN)} more`] : [];
  const taken = adoption.ownership.owned.some((owned) => owned.taken && owned.differs);
  return { action: 'update', what, destructive: taken, detail: [...lines.slice(0, SHOWN), ...more] };
}

function linesOf({ ownership, annotated, values }: Adoption): readonly string[] {
  const { moved, owned } = ownership;
  const byWeight = [...owned].sort((a, b) => Number(b.differs) - Number(a.differs));
  return [
    ...values,
    ...(moved > 0 ? [`${String(moved)} fields move from client-side apply to windlass`] : []),
    ...(annotated ? ['the annotation of client-side apply goes'] : []),
    ...byWeight.map(({ manager, field, differs, taken }) => {
      if (!differs) return `${field} belongs to ${manager} too, with the same value: ${taken ? 'taken' : 'shared'}`;
      return `${field} belongs to ${manager}: ${taken ? 'taken' : 'refused unless take names it'}`;
    }),
  ];
}
