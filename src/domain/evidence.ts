import { canonicalJson, type Json } from './json.ts';
import type { EvidenceKind } from './evidence/kind.ts';
import { DOLPHINSCHEDULER } from './evidence/dolphinscheduler.ts';
import { GITOPS } from './evidence/gitops.ts';
import { KUBERNETES } from './evidence/kubernetes.ts';
import { LOAD } from './evidence/load.ts';
import { MONITORING } from './evidence/monitoring.ts';
import { OBJECTSTORE } from './evidence/objectstore.ts';
import { POSTGRES } from './evidence/postgres.ts';
import { PROBE } from './evidence/probe.ts';
import { SECURITY } from './evidence/security.ts';
import { VELERO } from './evidence/velero.ts';

/** How a fact was had. A readiness of simulated pods is `simulated`, a replacement artifact is `stand-in`. */
export type EvidenceHow = 'real' | 'simulated' | 'stand-in';

/**
 * Every kind of finding, with its fields and its sentence. To add one, add an entry to a family: its type and its sentence
 * stand there together, and nothing else names it. Fields of a released kind are only added to, since records keep them.
 */
const EVIDENCE = {
  ...KUBERNETES,
  ...POSTGRES,
  ...OBJECTSTORE,
  ...VELERO,
  ...DOLPHINSCHEDULER,
  ...MONITORING,
  ...PROBE,
  ...SECURITY,
  ...LOAD,
  ...GITOPS,
};

export type FindingKind = keyof typeof EVIDENCE;

/** What every finding has, whatever its kind. */
interface Common {
  readonly holds: boolean;
  readonly how: EvidenceHow;
  /** Where it was seen: an API path, a query, a file. */
  readonly source: string;
  /** ISO 8601 in UTC. */
  readonly time: string;
}

/** A finding of one kind. */
export type FindingOf<K extends FindingKind> =
  (typeof EVIDENCE)[K] extends EvidenceKind<infer About, infer Observed>
    ? Common & {
        readonly kind: K;
        /** What is claimed, and of what: the same however often it is looked at. */
        readonly about: About;
        /** What was seen, free of secrets. */
        readonly observed: Observed;
      }
    : never;

/** One fact found by an engine. The activity adds which run and step it belongs to. */
export type Finding = { [K in FindingKind]: FindingOf<K> }[FindingKind];

/**
 * A fact of which only the sentence is known: of a version before kinds, or of one that has kinds which this has not.
 *
 * @internal exported for its tests
 */
export interface ToldFinding extends Common {
  readonly kind: 'told';
  readonly about: Words;
  readonly observed: Json;
}

/** A fact as the record gives it back. */
export type RecordedFinding = Finding | ToldFinding;

/** What people read of a finding: what it is about, and what is claimed. */
export interface Words {
  readonly subject: string;
  readonly claim: string;
}

/** The sentence of a finding. Nothing is ever read out of it. */
export function wordsOf(finding: RecordedFinding): Words {
  if (finding.kind === 'told') return finding.about;
  const { kind, about, observed, holds } = finding;
  const words = EVIDENCE[kind] as EvidenceKind<unknown, unknown>;
  return { subject: words.subject(about, observed), claim: words.claim(about, observed, holds) };
}

/** Whether a finding is told and stops nothing. */
export function isAdvice({ kind }: Finding): boolean {
  return (EVIDENCE[kind] as EvidenceKind<unknown, unknown>).advises === true;
}

/** Equal for two findings that claim the same of the same thing, whatever was seen. */
export function claimKey({ kind, about }: Pick<RecordedFinding, 'kind' | 'about'>): string {
  return canonicalJson([kind, about]);
}

export function isFindingKind(kind: string): kind is FindingKind {
  return Object.hasOwn(EVIDENCE, kind);
}

/** The findings of one kind, in their order. */
export function ofKind<K extends FindingKind>(kind: K, findings: readonly RecordedFinding[]): readonly FindingOf<K>[] {
  return findings.filter((finding): finding is FindingOf<K> & Finding => finding.kind === kind);
}
