import type { EvidenceHow, Finding, FindingOf, RecordedFinding } from '../domain/evidence.ts';
import type { PartProof } from '../domain/drill/part-facts.ts';
import type { Placed } from '../domain/evidence/kind.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { isObject, readNumber, readObject, readText, readTexts } from '../domain/json-fields.ts';

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
  return readNumber(rpo?.observed, ['seconds'], null);
}

/** Facts of the objects lay beside those of the other parts, which lay under their names. */
function drillProof(observed: JsonObject, age: number | null): FindingOf<'drill-proof'>['observed'] {
  const { volumes, buckets } = observed;
  const databases = Object.entries(observed).filter(([name]) => name.startsWith('database-'));
  return {
    faults: readTexts(observed, 'faults'),
    parts: [
      ...(observed['same'] === undefined ? [] : [objectsProof(observed)]),
      ...(isObject(volumes) ? [volumesProof(volumes)] : []),
      ...(isObject(buckets) ? [bucketsProof(buckets)] : []),
      ...databases.flatMap(([name, facts]) => (isObject(facts) ? [databaseProof(name, facts)] : [])),
    ],
    restoreSeconds: readNumber(observed, ['restoreSeconds'], null),
    ageSeconds: readNumber(observed, ['ageSeconds'], null) ?? age,
  };
}

function objectsProof(facts: JsonObject): PartProof {
  return {
    name: 'objects',
    part: 'objects',
    same: readNumber(facts, ['same'], 0),
    restored: readNumber(facts, ['restored'], 0),
    warnings: readTexts(facts, 'warnings'),
    moved: readTexts(facts, 'moved'),
    leftOut: readTexts(facts, 'leftOut'),
    notCompared: readTexts(facts, 'notCompared'),
    seconds: null,
  };
}

function volumesProof(facts: JsonObject): PartProof {
  return {
    name: 'volumes',
    part: 'volumes',
    claims: readTexts(facts, 'claims'),
    files: readNumber(facts, ['files'], 0),
    bytes: readNumber(facts, ['bytes'], 0),
    moved: readTexts(facts, 'moved'),
    movedInAll: readNumber(facts, ['movedInAll'], 0),
    notCompared: readTexts(facts, 'notCompared'),
    seconds: readNumber(facts, ['seconds'], null),
  };
}

function bucketsProof(facts: JsonObject): PartProof {
  const broughtBack = readTexts(facts, 'broughtBack');
  return { name: 'buckets', part: 'buckets', broughtBack, seconds: readNumber(facts, ['seconds'], null) };
}

function databaseProof(name: string, facts: JsonObject): PartProof {
  const counts = ['tables', 'rows', 'sequences'].flatMap((key) => {
    const found = readNumber(facts, [key], null);
    return found === null ? [] : [[key, found] as const];
  });
  return {
    name,
    part: 'database',
    // The name alone does not tell where that of the target ends.
    of: null,
    bytes: readNumber(facts, ['bytes'], 0),
    at: readText(facts, 'at') ?? '',
    dumpSeconds: readNumber(facts, ['dumpSeconds'], null),
    restoreSeconds: readNumber(facts, ['restoreSeconds'], null),
    ...Object.fromEntries(counts),
    seconds: readNumber(facts, ['seconds'], null),
  };
}

function measured(facts: JsonObject): FindingOf<'objective'>['observed'] {
  return { took: readText(facts, 'took') ?? null, seconds: readNumber(facts, ['seconds'], null) };
}

function restoreSeen(facts: JsonObject): FindingOf<'restore'>['observed'] {
  const { namespaceMapping, warningsQuoted } = facts;
  return {
    phase: readText(facts, 'phase') ?? null,
    items: readNumber(facts, ['items'], null),
    errors: readNumber(facts, ['errors'], null),
    warnings: readNumber(facts, ['warnings'], null),
    started: readText(facts, 'started') ?? null,
    completed: readText(facts, 'completed') ?? null,
    seconds: readNumber(facts, ['seconds'], null),
    namespaces: readTexts(facts, 'namespaces'),
    existing: readText(facts, 'existing') ?? '',
    ...(isObject(namespaceMapping) ? { namespaceMapping: textFields(namespaceMapping) } : {}),
    ...(warningsQuoted === undefined ? {} : { warningsQuoted: readTexts(warningsQuoted) }),
  };
}

/** What was claimed did not depend on whether the schedule was paused, or a backup due. */
function freshness(facts: JsonObject): FindingOf<'schedule-freshness'>['observed'] {
  const [age, ageSeconds] = [readText(facts, 'age') ?? null, readNumber(facts, ['ageSeconds'], null)];
  const { failing } = facts;
  return {
    newest: readText(facts, 'newest') ?? null,
    ...(age === null ? {} : { age }),
    ...(ageSeconds === null ? {} : { ageSeconds }),
    bad: readNumber(facts, ['bad'], 0),
    ...(isObject(failing)
      ? { failing: { backup: readText(failing, 'backup') ?? '', faults: readTexts(failing, 'faults') } }
      : {}),
  };
}

function textFields(value: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(value).filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}
