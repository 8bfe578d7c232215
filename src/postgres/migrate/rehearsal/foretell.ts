import { escapeLiteral } from 'pg';
import type { Script } from '../examine.ts';
import { affectedAsked, affectedOf, type AffectedRow, type Wanted } from '../lint/affected.ts';
import { holdersAsked, holdersIn, type Felt, type HolderRow } from '../lint/holders.ts';
import type { Lost } from '../lint/lost.ts';
import type { Ready } from './ready.ts';
import { RECORDER } from './recorder.ts';
import type { Subject } from './subjects.ts';

type LossOf = Script['losses'][number];
type HazardOf = Script['hazards'][number];

/** What has to be asked of the copy before a statement is carried out, by the names that tables have just then. */
export interface Question {
  readonly wanted: readonly Wanted[];
  readonly felt: readonly Felt[];
  /** SQL that answers with one column, a list, each; null where there is nothing to ask. */
  readonly affected: string | null;
  readonly holders: string | null;
}

/** Which tables the text of a statement is about, where that cannot be seen afterwards. */
export function questionOf({ losses, hazards }: Script, { at }: Ready): Question {
  const gone = losses.filter((one) => one.at.equals(at) && ['rows', 'values'].includes(one.takes.what));
  const felt = hazards
    .filter((one) => one.at.equals(at) && one.effect === undefined && one.on === 'relation')
    .map((hazard) => ({ hazard, names: [hazard.of], anywhere: false }));
  return { ...affectedQuestion(gone), felt, holders: felt.length === 0 ? null : call('holders', holdersAsked(felt)) };
}

/** The same of losses alone. */
export function affectedQuestion(losses: readonly LossOf[]): Pick<Question, 'wanted' | 'affected'> {
  const wanted = losses.map((loss) => ({
    loss,
    names: [loss.of],
    columns: 'column' in loss.takes ? [loss.takes.column] : [],
    anywhere: false,
    roles: [],
  }));
  return { wanted, affected: wanted.length === 0 ? null : call('affected', affectedAsked(wanted)) };
}

function call(routine: string, asked: string): string {
  return `(SELECT COALESCE(jsonb_agg(one), '[]') FROM ${RECORDER}.${routine}(${escapeLiteral(asked)}) one)`;
}

/** What is lost by the names of the copy, as it is called on the target. */
export function lostIn(
  wanted: readonly Wanted[],
  rows: readonly AffectedRow[],
  subjects: ReadonlyMap<string, Subject>,
): readonly Lost[] {
  return affectedOf(wanted, rows)
    .flat()
    .flatMap((lost): Lost[] => {
      const subject = subjects.get(lost.oid);
      if (subject === undefined) return [];
      const named = { ...lost, table: subject.name };
      if (lost.takes.what !== 'values') return [named];
      const column = subject.columns.get(lost.attnum ?? 0);
      return column === undefined ? [] : [{ ...named, takes: { ...lost.takes, column } }];
    });
}

/** The tables that each hazard is about, as they are called on the target. */
export function namedIn(
  felt: readonly Felt[],
  rows: readonly HolderRow[],
  subjects: ReadonlyMap<string, Subject>,
): ReadonlyMap<HazardOf, readonly string[]> {
  const holders = holdersIn(felt, rows);
  return new Map(
    felt.map(({ hazard }, index) => [
      hazard as HazardOf,
      (holders[index] ?? []).flatMap(({ oid }) => subjects.get(oid)?.name ?? []),
    ]),
  );
}
