import { durationMs } from '../../../src/domain/duration.ts';
import { findStep, type Bundle } from '../../../src/domain/bundle.ts';
import { ofType } from '../../../src/domain/entries.ts';
import type { Evidence } from '../../../src/domain/readiness/evidence-file.ts';
import type { RecordEntry } from '../../../src/domain/record-entry.ts';

/**
 * The readiness of a rollout as its files and its record have it, reckoned a second time, by rules that stand here alone: a scorecard that
 * came of the same mistake twice would prove nothing. It knows what one run of one bundle leaves: steps, measures and drills; what is asked by a
 * look or answered by people is unobserved.
 */
export interface Points {
  /** The score with what is simulated, and by what is real alone. */
  readonly score: number | null;
  readonly real: number | null;
  /** By AREA/CHECK. */
  readonly checks: ReadonlyMap<string, Earned>;
}

interface Earned {
  readonly passes: boolean;
  readonly real: boolean;
  readonly points: number;
  /** The entries of the record that a pass may rest on. */
  readonly entries: readonly RecordEntry[];
}

/** @param at milliseconds since the epoch; what was recorded later is passed over. */
export function pointsOf(bundle: Bundle, recorded: readonly RecordEntry[], at: number): Points {
  const entries = recorded.filter(({ time }) => Date.parse(time) <= at).sort((a, b) => (a.time < b.time ? -1 : 1));
  const { areas, cap } = bundle.readiness ?? { areas: [], cap: 0 };
  const checks = new Map<string, Earned>();
  const sums = areas.map((area) => {
    const asked = area.checks.filter((check) => isAsked(check, bundle));
    const earned = asked.map((check) => {
      const seen = resting(check.evidence, entries).filter(
        ({ seenAt }) => at - Date.parse(seenAt) < durationMs(check.maxAge),
      );
      const { points, must } = check;
      const one = { points, must, passes: seen.length > 0, real: seen.some(({ real }) => real) };
      checks.set(`${area.name}/${check.name}`, { ...one, entries: seen.map(({ entry }) => entry) });
      return { ...one, known: isKnown(check.evidence, entries) };
    });
    const all = earned.reduce((sum, { points }) => sum + points, 0);
    const scored = (counts: (one: (typeof earned)[number]) => boolean) => {
      if (!earned.some(({ known }) => known)) return null;
      const score = (earned.reduce((sum, one) => sum + (counts(one) ? one.points : 0), 0) * 100) / all;
      return earned.some((one) => one.must && !counts(one)) ? Math.min(down(score), cap) : down(score);
    };
    const capped = (counts: (one: (typeof earned)[number]) => boolean) =>
      earned.some((one) => one.must && !counts(one));
    const [passes, real] = [
      ({ passes }: (typeof earned)[number]) => passes,
      (one: (typeof earned)[number]) => one.real,
    ];
    return {
      weight: area.weight,
      ...{ score: scored(passes), real: scored(real), capped: capped(passes), realCapped: capped(real) },
    };
  });
  const whole = (of: 'score' | 'real', isCapped: boolean): number | null => {
    if (sums.every((area) => area[of] === null)) return null;
    const weights = sums.reduce((sum, { weight }) => sum + weight, 0);
    const mean = down(sums.reduce((sum, area) => sum + area.weight * (area[of] ?? 0), 0) / weights);
    return isCapped ? Math.min(mean, cap) : mean;
  };
  return {
    score: whole(
      'score',
      sums.some(({ capped }) => capped),
    ),
    real: whole(
      'real',
      sums.some(({ realCapped }) => realCapped),
    ),
    checks,
  };
}

type Check = NonNullable<Bundle['readiness']>['areas'][number]['checks'][number];

function isAsked({ when, evidence }: Check, bundle: Bundle): boolean {
  const [phase = '', name = ''] = evidence.from === 'step' ? evidence.step.split('/') : [];
  return [when, findStep(bundle, phase, name)?.when]
    .flat()
    .every((one) => one === undefined || bundle.parameters[one.parameter] === one.equals);
}

interface Resting {
  readonly entry: RecordEntry;
  readonly real: boolean;
  readonly seenAt: string;
}

/** The entries of the record by which a check passes: those that hold and were recorded after the last that does not. */
function resting(evidence: Evidence, entries: readonly RecordEntry[]): readonly Resting[] {
  const seen = looksOf(evidence, entries);
  const last = seen.findLastIndex(({ holds }) => !holds);
  return seen.slice(last + 1);
}

function isKnown(evidence: Evidence, entries: readonly RecordEntry[]): boolean {
  return typeof looksOf(evidence, entries).at(-1)?.holds === 'boolean';
}

/** Every time that it was looked at, oldest first; `holds` is null where it could not be told. */
function looksOf(
  evidence: Evidence,
  entries: readonly RecordEntry[],
): readonly (Resting & { readonly holds: boolean | null })[] {
  const isOf = ({ scope }: RecordEntry, step: string) => `${scope.phase ?? ''}/${scope.step ?? ''}` === step;
  switch (evidence.from) {
    case 'step':
      return entries.flatMap((entry) => {
        const { body } = entry;
        if (!isOf(entry, evidence.step)) return [];
        if (body.type === 'parked') return [{ entry, real: true, holds: false, seenAt: entry.time }];
        if (body.type !== 'evidence' || body.act !== 'verify' || body.findings.length === 0) return [];
        const { findings } = body;
        const seenAt = findings.map(({ time }) => time).sort()[0] ?? entry.time;
        return [
          {
            ...{ entry, seenAt, holds: findings.every(({ holds }) => holds) },
            real: findings.every(({ how }) => how === 'real'),
          },
        ];
      });
    case 'measure':
      return ofType(entries, 'measures').flatMap((entry) =>
        entry.body.readings
          .filter(({ name }) => name === evidence.measure)
          .map(({ value, how = 'real', time }) => ({
            ...{ entry, real: how === 'real', seenAt: time },
            holds:
              value === null
                ? null
                : value >= (evidence.atLeast ?? -Infinity) && value <= (evidence.atMost ?? Infinity),
          })),
      );
    case 'drill':
      return ofType(entries, 'drill').flatMap((entry) => {
        const { verdict, backedUpAt, missed } = entry.body.verdict;
        if (!isOf(entry, evidence.drill)) return [];
        const shown = ofType(entries, 'evidence').filter((one) => isOf(one, evidence.drill));
        const holds = verdict === 'proven' && missed.length === 0 && shown.length > 0;
        const real = shown.every(({ body }) => body.findings.every(({ how }) => how === 'real'));
        return [{ entry, holds, real, seenAt: backedUpAt ?? entry.time }];
      });
    default:
      return [];
  }
}

/** To a tenth, and never up. */
function down(score: number): number {
  return Math.floor(score * 10 + 1e-6) / 10;
}
