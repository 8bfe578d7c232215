import { compareTexts } from '../../domain/compare.ts';
import type { EvidenceHow, Finding } from '../../domain/evidence.ts';
import type { Json } from '../../domain/json.ts';
import type { RecordEntry } from '../../domain/record-entry.ts';
import { ofType } from '../entries.ts';

/** An objective that was measured with a drill. */
interface Measured {
  /** The claim, which names the limit. */
  readonly claim: string;
  readonly holds: boolean;
  readonly seconds: number | null;
}

/** One drill that the record knows of. Times are ISO 8601 in UTC. */
export interface DrillFact {
  /** The drill: `Drill velero/nightly`. */
  readonly drill: string;
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
  /** What the drill says of the data in volumes. */
  readonly volumes: string | null;
  /** Seconds from reading the dump of a database until it was restored, by `database-TARGET-NAME`. */
  readonly databases: Readonly<Record<string, number | null>>;
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
  /** `Schedule velero/nightly`. */
  readonly schedule: string;
  /** Its newest good backup; null when there was none. */
  readonly newest: string | null;
  readonly at: string;
  readonly ageSeconds: number | null;
}

const PROVEN = /^Backup (\S+) is proven by a restore$/;
const RESTORED = /^Backup (\S+) was restored, without errors$/;

/** Every drill of the entries, oldest first; whatever else they hold is passed over. */
export function drillFacts(entries: readonly RecordEntry[]): readonly DrillFact[] {
  return ofType(entries, 'evidence')
    .flatMap(({ scope: { run }, body: { findings } }) =>
      findings.flatMap((finding) => drillFact(finding, findings, run)),
    )
    .sort((a, b) => compareTexts(a.at, b.at));
}

function drillFact(finding: Finding, all: readonly Finding[], run: string): readonly DrillFact[] {
  const backup = PROVEN.exec(finding.claim)?.[1];
  if (backup === undefined) return [];
  const { subject, time, holds, how } = finding;
  const observed = fieldsOf(finding.observed);
  const objectives = all
    .filter((one) => one.subject === subject && /\((rto|rpo)\)$/.test(one.claim))
    .map((one) => ({ claim: one.claim, holds: one.holds, seconds: numberIn(fieldsOf(one.observed)['seconds']) }));
  const rpo = objectives.find(({ claim }) => claim.endsWith('(rpo)'));
  return [
    {
      drill: subject,
      backup,
      at: time,
      proven: holds,
      faults: textsIn(observed['faults']),
      restoreSeconds: numberIn(observed['restoreSeconds']),
      ageSeconds: numberIn(observed['ageSeconds']) ?? rpo?.seconds ?? null,
      objectives,
      volumes: typeof observed['volumes'] === 'string' ? observed['volumes'] : null,
      databases: Object.fromEntries(
        Object.entries(observed)
          .filter(([key]) => key.startsWith('database-'))
          .map(([key, facts]) => [key, numberIn(fieldsOf(facts)['restoreSeconds'])]),
      ),
      how,
      run,
    },
  ];
}

/** Every real restore of the entries, oldest first: of one that was seen several times, the last word. */
export function restoreFacts(entries: readonly RecordEntry[]): readonly RestoreFact[] {
  const found = ofType(entries, 'evidence')
    .flatMap(({ body: { findings } }) => findings.flatMap(restoreFact))
    .sort((a, b) => compareTexts(a.at, b.at));
  return [...new Map(found.map((fact) => [fact.restore, fact])).values()];
}

function restoreFact({ claim, subject, time, holds, observed }: Finding): readonly RestoreFact[] {
  const backup = RESTORED.exec(claim)?.[1];
  if (backup === undefined) return [];
  const { seconds, items, namespaces } = fieldsOf(observed);
  return [
    {
      restore: subject,
      backup,
      at: time,
      holds,
      seconds: numberIn(seconds),
      items: numberIn(items),
      namespaces: textsIn(namespaces),
    },
  ];
}

/** The last that is known of each schedule. */
export function scheduleFacts(entries: readonly RecordEntry[]): readonly ScheduleFact[] {
  const found = ofType(entries, 'evidence')
    .flatMap(({ body: { findings } }) => findings.filter(isOfNewest))
    .sort((a, b) => compareTexts(a.time, b.time))
    .map(({ subject, time, observed }) => {
      const { newest, ageSeconds } = fieldsOf(observed);
      const named = typeof newest === 'string' ? newest : null;
      return { schedule: subject, newest: named, at: time, ageSeconds: numberIn(ageSeconds) };
    });
  return [...new Map(found.map((fact) => [fact.schedule, fact])).values()];
}

/** Whatever is claimed of it: of a schedule without a good backup something else than of one with it. */
function isOfNewest({ subject, observed }: Finding): boolean {
  return subject.startsWith('Schedule ') && 'newest' in fieldsOf(observed);
}

function fieldsOf(value: Json | undefined): { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : {};
}

function numberIn(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
