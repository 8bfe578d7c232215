import { compareTexts } from '../compare.ts';
import type { Renewal } from './observation.ts';
import { checkPath, type Scorecard } from './scorecard.ts';

/** Passes that one command renews. */
export interface Lapsing {
  readonly renew: Renewal | null;
  /** When the first of them lapses, ISO 8601 in UTC. */
  readonly first: string;
  /** AREA/CHECK, the first to lapse first. */
  readonly checks: readonly string[];
}

/** What lapses within this is told with the command that renews it. */
export const SOON_MS = 7 * 86_400_000;

/** What passes and lapses within a time, by what renews it: what is first to lapse comes first. */
export function lapsing({ at, areas }: Scorecard, withinMs: number): readonly Lapsing[] {
  const end = Date.parse(at) + withinMs;
  const soon = areas
    .flatMap(({ name, checks }) =>
      checks.flatMap(({ name: check, lapses, renew }) =>
        lapses === null || Date.parse(lapses) > end ? [] : [{ check: checkPath(name, check), lapses, renew }],
      ),
    )
    .sort((a, b) => Date.parse(a.lapses) - Date.parse(b.lapses) || compareTexts(a.check, b.check));
  return [...Map.groupBy(soon, ({ renew }) => JSON.stringify(renew)).values()].flatMap((of) => {
    const [first] = of;
    if (first === undefined) return [];
    return [{ renew: first.renew, first: first.lapses, checks: of.map(({ check }) => check) }];
  });
}
