import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LEVELS, reaches } from '../../../src/domain/readiness/levels.ts';
import type { Observation } from '../../../src/domain/readiness/observation.ts';
import type { Score, Scorecard } from '../../../src/domain/readiness/scorecard.ts';
import { assessed, cardOf, hoursAgo, NOW, type Evidence } from './support.ts';

const policies = ['apart', 'counts'] as const;

/** Nothing of the second is more than it is of the first: whole, areas, with what is simulated and without. */
function expectNoRise(before: Scorecard, after: Scorecard): void {
  const pairs: readonly (readonly [Score, Score])[] = [
    [before, after],
    [before.real, after.real],
    ...before.areas.flatMap((area, index) => {
      const other = after.areas[index] as Scorecard['areas'][number];
      return [[area, other] as const, [area.real, other.real] as const];
    }),
  ];
  for (const [from, to] of pairs) {
    expect(to.score ?? 0).toBeLessThanOrEqual(from.score ?? 0);
    for (const level of LEVELS) if (reaches(to.level, level)) expect(reaches(from.level, level)).toBe(true);
  }
}

/** One of the observations, with where it stands. */
const picked = fc.tuple(assessed, fc.nat()).map(([given, seed]) => {
  const all = Object.entries(given.evidence).flatMap(([name, of]) => of.map((_, index) => ({ name, index })));
  return { ...given, place: all.length === 0 ? null : (all[seed % all.length] ?? null) };
});

/** The evidence with one observation replaced, or taken away. */
function changed(
  evidence: Evidence,
  place: { readonly name: string; readonly index: number },
  change: (one: Observation) => readonly Observation[],
): Evidence {
  const of = evidence[place.name] ?? [];
  return { ...evidence, [place.name]: of.flatMap((one, index) => (index === place.index ? change(one) : [one])) };
}

describe.each(policies)('a scorecard where what is simulated %s', (simulated) => {
  test('never rises when evidence that holds is removed', () => {
    fc.assert(
      fc.property(picked, ({ shape, evidence, place }) => {
        if (place === null || evidence[place.name]?.[place.index]?.outcome !== 'holds') return;
        const without = changed(evidence, place, () => []);
        expectNoRise(cardOf(shape, evidence, { simulated }), cardOf(shape, without, { simulated }));
      }),
      { numRuns: 500 },
    );
  });

  test.each(['fails', 'unknown'] as const)('never rises when evidence turns out to be %s', (outcome) => {
    fc.assert(
      fc.property(picked, ({ shape, evidence, place }) => {
        if (place === null) return;
        const failing = changed(evidence, place, (one) => [{ ...one, outcome }]);
        expectNoRise(cardOf(shape, evidence, { simulated }), cardOf(shape, failing, { simulated }));
      }),
      { numRuns: 500 },
    );
  });

  test('never rises as time goes by and nothing is seen', () => {
    fc.assert(
      fc.property(assessed, fc.integer({ min: 1, max: 100 }), ({ shape, evidence }, hours) => {
        const later = NOW + hours * 3_600_000;
        expectNoRise(cardOf(shape, evidence, { simulated }), cardOf(shape, evidence, { simulated, at: later }));
      }),
      { numRuns: 500 },
    );
  });

  test('never rises when evidence is older, or had of what is not real', () => {
    fc.assert(
      fc.property(picked, fc.integer({ min: 1, max: 50 }), ({ shape, evidence, place }, hours) => {
        if (place === null) return;
        const older = changed(evidence, place, (one) => [
          { ...one, time: new Date(Date.parse(one.time) - hours * 3_600_000).toISOString() },
        ]);
        expectNoRise(cardOf(shape, evidence, { simulated }), cardOf(shape, older, { simulated }));
        const unreal = changed(evidence, place, (one) => [{ ...one, how: 'simulated' as const }]);
        expectNoRise(cardOf(shape, evidence, { simulated }), cardOf(shape, unreal, { simulated }));
      }),
      { numRuns: 500 },
    );
  });

  test('never rises when something on record does not read', () => {
    fc.assert(
      fc.property(assessed, fc.option(fc.integer({ min: 0, max: 60 }), { nil: null }), ({ shape, evidence }, hours) => {
        const doubt = { until: hours === null ? null : hoursAgo(hours), why: '1 entry does not read' };
        expectNoRise(cardOf(shape, evidence, { simulated }), cardOf(shape, evidence, { simulated, doubt }));
      }),
      { numRuns: 500 },
    );
  });

  test('is the same in whatever order evidence comes', () => {
    fc.assert(
      fc.property(assessed, fc.infiniteStream(fc.nat()), ({ shape, evidence }, seeds) => {
        const shuffled = Object.fromEntries(
          Object.entries(evidence)
            .reverse()
            .map(([name, of]) => {
              const keyed = of.map((one) => ({ one, key: seeds.next().value as number }));
              return [name, keyed.sort((a, b) => a.key - b.key).map(({ one }) => one)];
            }),
        );
        expect(cardOf(shape, shuffled, { simulated })).toEqual(cardOf(shape, evidence, { simulated }));
      }),
      { numRuns: 500 },
    );
  });

  test('reaches a level only with all that the levels before it ask for', () => {
    fc.assert(
      fc.property(assessed, ({ shape, evidence }) => {
        const card = cardOf(shape, evidence, { simulated });
        for (const area of card.areas) {
          const open = area.checks.filter(({ result, excused, evidence: of }) => {
            const isEarned = result === 'pass' && (simulated === 'counts' || of?.how === 'real');
            return !isEarned && !excused && result !== 'not applicable';
          });
          for (const level of LEVELS) {
            if (!reaches(area.level, level)) continue;
            expect(open.filter(({ level: of }) => reaches(level, of))).toEqual([]);
          }
          if (area.applies && reaches(card.level, 'base')) expect(reaches(area.level, card.level ?? 'best')).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('never counts for more by what is real alone than by everything', () => {
    fc.assert(
      fc.property(assessed, ({ shape, evidence }) => {
        const card = cardOf(shape, evidence, { simulated });
        expectNoRise(card, { ...card, ...card.real, areas: card.areas.map((area) => ({ ...area, ...area.real })) });
        if (simulated === 'apart') expect(card).toMatchObject(card.real);
      }),
      { numRuns: 500 },
    );
  });
});
