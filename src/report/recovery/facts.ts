import { compareTexts } from '../../domain/compare.ts';
import type { PartFacts, PartProof } from '../../domain/drill/part-facts.ts';
import { ofKind, wordsOf, type EvidenceHow, type FindingOf } from '../../domain/evidence.ts';
import type { Placed } from '../../domain/evidence/kind.ts';
import type { RecordEntry } from '../../domain/record-entry.ts';
import { ofType } from '../../domain/entries.ts';

/** An objective that was measured with a drill. */
interface Measured {
  readonly objective: 'rto' | 'rpo';
  /** In words, which name the limit. */
  readonly claim: string;
  readonly holds: boolean;
  readonly seconds: number | null;
}

/** One drill that the record knows of. Times are ISO 8601 in UTC. */
export interface DrillFact {
  /** In words: `Drill velero/nightly`. */
  readonly drill: string;
  readonly of: Placed;
  readonly backup: string;
  /** When the verdict was found. */
  readonly at: string;
  readonly proven: boolean;
  /** What spoke against it. */
  readonly faults: readonly string[];
  /** From asking for the restore until it was compared. */
  readonly restoreSeconds: number | null;
  /** How old the backup was when it was proven; null where nobody wrote that down. */
  readonly ageSeconds: number | null;
  readonly objectives: readonly Measured[];
  /** What was restored and compared, by sort. */
  readonly parts: readonly PartProof[];
  readonly how: EvidenceHow;
  readonly run: string;
}

/** One real restore that the record knows of. */
export interface RestoreFact {
  readonly restore: string;
  readonly backup: string;
  readonly at: string;
  readonly holds: boolean;
  readonly seconds: number | null;
  readonly items: number | null;
  readonly namespaces: readonly string[];
}

/** What was last seen of the backups that a schedule makes. */
export interface ScheduleFact {
  /** In words: `Schedule velero/nightly`. */
  readonly schedule: string;
  readonly of: Placed;
  /** Its newest good backup; null when there was none. */
  readonly newest: string | null;
  readonly at: string;
  readonly ageSeconds: number | null;
}

/** The proof of one sort of thing; null where the drill has not compared it. */
export function partOf<P extends PartFacts['part']>(
  { parts }: Pick<DrillFact, 'parts'>,
  part: P,
): Extract<PartProof, { part: P }> | null {
  return parts.find((one): one is Extract<PartProof, { part: P }> => one.part === part) ?? null;
}

export function isSamePlace(a: Placed, b: Placed): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

/** Every drill of the entries, oldest first; whatever else they hold is passed over. */
export function drillFacts(entries: readonly RecordEntry[]): readonly DrillFact[] {
  return ofType(entries, 'evidence')
    .flatMap(({ scope: { run }, body: { findings } }) =>
      ofKind('drill-proof', findings).map((proof) => drillFact(proof, ofKind('objective', findings), run)),
    )
    .sort((a, b) => compareTexts(a.at, b.at));
}

function drillFact(
  proof: FindingOf<'drill-proof'>,
  objectives: readonly FindingOf<'objective'>[],
  run: string,
): DrillFact {
  const { about, observed, time, holds, how } = proof;
  return {
    drill: wordsOf(proof).subject,
    of: about.drill,
    backup: about.backup,
    at: time,
    proven: holds,
    ...observed,
    objectives: objectives
      .filter((one) => isSamePlace(one.about.drill, about.drill))
      .map((one) => ({
        objective: one.about.objective,
        claim: wordsOf(one).claim,
        holds: one.holds,
        seconds: one.observed.seconds,
      })),
    how,
    run,
  };
}

/** Every real restore of the entries, oldest first: of one that was seen several times, the last word. */
export function restoreFacts(entries: readonly RecordEntry[]): readonly RestoreFact[] {
  const found = ofType(entries, 'evidence')
    .flatMap(({ body: { findings } }) => ofKind('restore', findings).map(restoreFact))
    .sort((a, b) => compareTexts(a.at, b.at));
  return [...new Map(found.map((fact) => [fact.restore, fact])).values()];
}

function restoreFact(finding: FindingOf<'restore'>): RestoreFact {
  const { about, observed, time, holds } = finding;
  const { seconds, items, namespaces } = observed;
  return { restore: wordsOf(finding).subject, backup: about.backup, at: time, holds, seconds, items, namespaces };
}

/** The last that is known of each schedule. */
export function scheduleFacts(entries: readonly RecordEntry[]): readonly ScheduleFact[] {
  const found = ofType(entries, 'evidence')
    .flatMap(({ body: { findings } }) => ofKind('schedule-freshness', findings))
    .sort((a, b) => compareTexts(a.time, b.time))
    .map((finding): ScheduleFact => {
      const { newest, ageSeconds = null } = finding.observed;
      return { schedule: wordsOf(finding).subject, of: finding.about.schedule, newest, at: finding.time, ageSeconds };
    });
  return [...new Map(found.map((fact) => [fact.schedule, fact])).values()];
}
