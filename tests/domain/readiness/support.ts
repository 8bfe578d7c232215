import fc from 'fast-check';
import type { Observation, Observed } from '../../../src/domain/readiness/observation.ts';
import { scorecard, type Scorecard } from '../../../src/domain/readiness/scorecard.ts';
import type { CheckShape, ReadinessShape } from '../../../src/domain/readiness/shape.ts';

const HOUR = 3_600_000;
export const NOW = Date.UTC(2026, 0, 10);

/** ISO 8601, so many hours before `NOW`. */
export function hoursAgo(hours: number): string {
  return new Date(NOW - hours * HOUR).toISOString();
}

export function check(name: string, more: Partial<CheckShape> = {}): CheckShape {
  return {
    ...{ name, title: name, points: 1, level: 'base', must: false, maxAgeMs: 24 * HOUR, mend: null },
    notApplicable: null,
    evidence: { from: 'step', step: `data/${name}` },
    ...more,
  };
}

export function shapeWith(
  areas: readonly (readonly CheckShape[])[],
  more: Partial<ReadinessShape> = {},
): ReadinessShape {
  return {
    cap: 50,
    exemptions: [],
    areas: areas.map((checks, index) => ({ name: `area-${index}`, title: `Area ${index}`, weight: index + 1, checks })),
    ...more,
  };
}

export function seen(more: Partial<Observation> & { readonly hours?: number } = {}): Observation {
  const { hours = 1, ...rest } = more;
  const [time, run] = [hoursAgo(hours), 'run-1'];
  return { outcome: 'holds', why: 'ready', how: 'real', source: 'api', time, recorded: time, run, entry: 'e', ...rest };
}

/** By the names of checks. */
export type Evidence = Readonly<Record<string, readonly Observation[]>>;

/** The card of such evidence. */
export function cardOf(
  shape: ReadinessShape,
  evidence: Evidence,
  {
    at = NOW,
    simulated = 'apart',
    doubt = null,
  }: Partial<Pick<Observed, 'doubt'> & { at: number; simulated: Scorecard['simulated'] }> = {},
): Scorecard {
  const observed = ({ name }: CheckShape): Observed => ({
    label: `step data/${name}`,
    renew: { verb: 'readiness --live' },
    observations: evidence[name] ?? [],
    lacking: 'nothing has looked',
    doubt,
  });
  return scorecard(shape, observed, { at, simulated });
}

const level = fc.constantFrom('base' as const, 'good' as const, 'best' as const);
const observation = fc
  .record({
    outcome: fc.constantFrom('holds' as const, 'holds' as const, 'fails' as const, 'unknown' as const),
    how: fc.constantFrom('real' as const, 'simulated' as const, 'stand-in' as const),
    time: fc.integer({ min: 0, max: 60 }),
    delay: fc.integer({ min: 0, max: 3 }),
    entry: fc.uuid(),
  })
  .map(({ outcome, how, time, delay, entry }) =>
    seen({ outcome, how, hours: time, recorded: hoursAgo(Math.max(0, time - delay)), entry }),
  );

/** Any scorecard's shape with evidence for it. Names of checks are unique. */
export const assessed = fc
  .array(
    fc.array(
      fc.record({
        points: fc.integer({ min: 1, max: 20 }),
        level,
        must: fc.boolean(),
        maxAge: fc.integer({ min: 1, max: 48 }),
        applies: fc.boolean(),
        exempt: fc.option(fc.integer({ min: -30, max: 30 }), { nil: null, freq: 4 }),
        observations: fc.array(observation, { maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((areas) => {
    const named = areas.map((checks, area) => checks.map((one, index) => ({ ...one, name: `c${area}-${index}` })));
    const shape = shapeWith(
      named.map((checks) =>
        checks.map(({ name, points, level: of, must, maxAge, applies }) =>
          check(name, {
            ...{ points, level: of, must, maxAgeMs: maxAge * HOUR },
            // Most of them apply.
            notApplicable: applies || points > 3 ? null : 'the parameter is not true',
          }),
        ),
      ),
      {
        exemptions: named.flatMap((checks, area) =>
          checks.flatMap(({ name, exempt }) =>
            exempt === null
              ? []
              : [
                  {
                    ...{ check: `area-${area}/${name}`, reason: 'later', requestedBy: 'ann', approvedBy: 'bob' },
                    until: hoursAgo(-exempt),
                  },
                ],
          ),
        ),
      },
    );
    const evidence: Evidence = Object.fromEntries(
      named.flat().map(({ name, observations }) => [name, observations] as const),
    );
    return { shape, evidence };
  });
