import type { EvidenceHow, Finding, FindingOf, RecordedFinding } from '../domain/evidence.ts';
import type { PartProof } from '../domain/drill/part-facts.ts';
import type { Placed } from '../domain/evidence/kind.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { isObject, readObject } from '../domain/json-fields.ts';

/** A finding as versions up to 0.1.0 wrote it: what is claimed is a sentence, and what was seen has no shape of its own. */
export interface ReleasedFinding {
  readonly subject: string;
  readonly claim: string;
  readonly holds: boolean;
  readonly how: EvidenceHow;
  readonly source: string;
  readonly observed?: Json;
  readonly time: string;
}

/** What is read out of one sentence of the released form. */
interface Reading {
  readonly subject: RegExp;
  readonly claim: RegExp;
  /** @param named the groups of both expressions. */
  read(named: Readonly<Record<string, string>>, finding: ReleasedFinding, all: readonly ReleasedFinding[]): Typed;
}

type Typed = { [K in Finding['kind']]: Pick<FindingOf<K>, 'kind' | 'about' | 'observed'> }[Finding['kind']];

/** Only what somebody reads again: of everything else the sentence is enough. */
const READINGS: readonly Reading[] = [
  {
    subject: /^Drill (?<namespace>[^/]+)\/(?<name>.+)$/,
    claim: /^Backup (?<backup>\S+) is proven by a restore$/,
    read: ({ backup = '', ...of }, { subject, observed }, all) => ({
      kind: 'drill-proof',
      about: { drill: placed(of), backup },
      observed: drillProof(readObject(observed), ageOf(subject, all)),
    }),
  },
  {
    subject: /^Drill (?<namespace>[^/]+)\/(?<name>.+)$/,
    claim:
      /^(restored and compared within|(the newest proven backup|what is restored) is not older than) (?<limit>\S+) \((?<of>rto|rpo)\)$/,
    read: ({ limit = '', of, ...drill }, { observed, claim }) => ({
      kind: 'objective',
      about: {
        drill: placed(drill),
        objective: of === 'rto' ? 'rto' : 'rpo',
        limit,
        ...(AGE_RESTORED.test(claim) ? { ageOf: 'restored' as const } : {}),
      },
      observed: measured(readObject(observed)),
    }),
  },
  {
    subject: /^Restore (?<namespace>[^/]+)\/(?<name>.+)$/,
    claim: /^Backup (?<backup>\S+) was restored, without errors$/,
    read: ({ backup = '', ...of }, { observed }) => ({
      kind: 'restore',
      about: { restore: placed(of), backup },
      observed: restoreSeen(readObject(observed)),
    }),
  },
  {
    subject: /^Schedule (?<namespace>[^/]+)\/(?<name>.+)$/,
    claim: /^its newest good backup is younger than (?<within>\S+)$/,
    read: ({ within = '', ...of }, { observed }) => ({
      kind: 'schedule-freshness',
      about: { schedule: placed(of), within, paused: false },
      observed: freshness(readObject(observed)),
    }),
  },
];

const AGE_RESTORED = /^what is restored is not older than /;

/**
 * A finding of the released form with its fields, where its sentence is one that reports, runbooks or histories read; of
 * any other the sentence is kept. This is the only place where a sentence is read.
 *
 * @param all the findings of the same entry.
 */
export function typedFinding(released: ReleasedFinding, all: readonly ReleasedFinding[]): RecordedFinding {
  const { subject, claim, observed = null, ...common } = released;
  for (const reading of READINGS) {
    const [about, what] = [reading.subject.exec(subject), reading.claim.exec(claim)];
    if (about === null || what === null) continue;
    return { ...common, ...reading.read({ ...about.groups, ...what.groups }, released, all) };
  }
  return { ...common, kind: 'told', about: { subject, claim }, observed };
}

function placed({ namespace = '', name = '' }: Readonly<Record<string, string>>): Placed {
  return { namespace, name };
}

/** How old what was restored was, where only the objective beside it says so: of before ages were recorded. */
function ageOf(subject: string, all: readonly ReleasedFinding[]): number | null {
  const rpo = all.find((one) => one.subject === subject && AGE_RESTORED.test(one.claim));
  return numberIn(readObject(rpo?.observed)['seconds']);
}

/** Facts of the objects lay beside those of the other parts, which lay under their names. */
function drillProof(observed: JsonObject, age: number | null): FindingOf<'drill-proof'>['observed'] {
  const { volumes, buckets } = observed;
  const databases = Object.entries(observed).filter(([name]) => name.startsWith('database-'));
  return {
    faults: textsIn(observed['faults']),
    parts: [
      ...(observed['same'] === undefined ? [] : [objectsProof(observed)]),
      ...(isObject(volumes) ? [volumesProof(volumes)] : []),
      ...(isObject(buckets) ? [bucketsProof(buckets)] : []),
      ...databases.flatMap(([name, facts]) => (isObject(facts) ? [databaseProof(name, facts)] : [])),
    ],
    restoreSeconds: numberIn(observed['restoreSeconds']),
    ageSeconds: numberIn(observed['ageSeconds']) ?? age,
  };
}

function objectsProof(facts: JsonObject): PartProof {
  return {
    name: 'objects',
    part: 'objects',
    same: countIn(facts['same']),
    restored: countIn(facts['restored']),
    warnings: textsIn(facts['warnings']),
    moved: textsIn(facts['moved']),
    leftOut: textsIn(facts['leftOut']),
    notCompared: textsIn(facts['notCompared']),
    seconds: null,
  };
}

function volumesProof(facts: JsonObject): PartProof {
  return {
    name: 'volumes',
    part: 'volumes',
    claims: textsIn(facts['claims']),
    files: countIn(facts['files']),
    bytes: countIn(facts['bytes']),
    moved: textsIn(facts['moved']),
    movedInAll: countIn(facts['movedInAll']),
    notCompared: textsIn(facts['notCompared']),
    seconds: numberIn(facts['seconds']),
  };
}

function bucketsProof(facts: JsonObject): PartProof {
  const broughtBack = textsIn(facts['broughtBack']);
  return { name: 'buckets', part: 'buckets', broughtBack, seconds: numberIn(facts['seconds']) };
}

function databaseProof(name: string, facts: JsonObject): PartProof {
  const counts = ['tables', 'rows', 'sequences'].flatMap((key) => {
    const found = numberIn(facts[key]);
    return found === null ? [] : [[key, found] as const];
  });
  return {
    name,
    part: 'database',
    // The name alone does not tell where that of the target ends.
    of: null,
    bytes: countIn(facts['bytes']),
    at: textIn(facts['at']) ?? '',
    dumpSeconds: numberIn(facts['dumpSeconds']),
    restoreSeconds: numberIn(facts['restoreSeconds']),
    ...Object.fromEntries(counts),
    seconds: numberIn(facts['seconds']),
  };
}

function measured({ took, seconds }: JsonObject): FindingOf<'objective'>['observed'] {
  return { took: textIn(took), seconds: numberIn(seconds) };
}

function restoreSeen(facts: JsonObject): FindingOf<'restore'>['observed'] {
  const { namespaceMapping, warningsQuoted } = facts;
  return {
    phase: textIn(facts['phase']),
    items: numberIn(facts['items']),
    errors: numberIn(facts['errors']),
    warnings: numberIn(facts['warnings']),
    started: textIn(facts['started']),
    completed: textIn(facts['completed']),
    seconds: numberIn(facts['seconds']),
    namespaces: textsIn(facts['namespaces']),
    existing: textIn(facts['existing']) ?? '',
    ...(isObject(namespaceMapping) ? { namespaceMapping: textFields(namespaceMapping) } : {}),
    ...(warningsQuoted === undefined ? {} : { warningsQuoted: textsIn(warningsQuoted) }),
  };
}

/** What was claimed did not depend on whether the schedule was paused, or a backup due. */
function freshness(facts: JsonObject): FindingOf<'schedule-freshness'>['observed'] {
  const [age, ageSeconds] = [textIn(facts['age']), numberIn(facts['ageSeconds'])];
  const { failing } = facts;
  return {
    newest: textIn(facts['newest']),
    ...(age === null ? {} : { age }),
    ...(ageSeconds === null ? {} : { ageSeconds }),
    bad: countIn(facts['bad']),
    ...(isObject(failing)
      ? { failing: { backup: textIn(failing['backup']) ?? '', faults: textsIn(failing['faults']) } }
      : {}),
  };
}

function textFields(value: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(value).filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}

function textIn(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberIn(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function countIn(value: Json | undefined): number {
  return numberIn(value) ?? 0;
}

function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
