import type { Bundle } from '../bundle.ts';
import { unmet } from '../condition.ts';
import { durationMs } from '../duration.ts';
import { findStep } from '../bundle.ts';
import type { Evidence } from './evidence-file.ts';
import type { Exemption, Readiness } from './file.ts';
import type { Level } from './levels.ts';

/** What is asked of a rollout in one environment: the record keeps it beside what it came to. Holds references, never values. */
export interface ReadinessShape {
  readonly cap: number;
  readonly areas: readonly AreaShape[];
  readonly exemptions: readonly Exemption[];
}

export interface AreaShape {
  readonly name: string;
  readonly title: string;
  readonly weight: number;
  readonly checks: readonly CheckShape[];
}

export interface CheckShape {
  readonly name: string;
  readonly title: string;
  readonly points: number;
  readonly level: Level;
  readonly must: boolean;
  readonly maxAgeMs: number;
  readonly mend: string | null;
  /** Why it does not apply here; null where it does. */
  readonly notApplicable: string | null;
  readonly evidence: Evidence;
}

/** What a bundle asks; null where it asks nothing. */
export function readinessShape(bundle: Bundle): ReadinessShape | null {
  const { readiness } = bundle;
  if (readiness === undefined) return null;
  return {
    cap: readiness.cap,
    areas: readiness.areas.map(({ name, title = name, weight, checks }) => ({
      ...{ name, title, weight },
      checks: checks.map((check) => checkShape(check, bundle)),
    })),
    exemptions: readiness.exemptions ?? [],
  };
}

type Check = Readiness['areas'][number]['checks'][number];

function checkShape(check: Check, bundle: Bundle): CheckShape {
  const { name, title = name, points, level, must, maxAge, mend = null, evidence } = check;
  return {
    ...{ name, title, points, level, must, mend, evidence },
    maxAgeMs: durationMs(maxAge),
    notApplicable: whyNot(check, bundle),
  };
}

function whyNot({ when, evidence }: Check, bundle: Bundle): string | null {
  const own = leftOut(when, bundle);
  if (own !== null) return own;
  const named = evidence.from === 'step' ? evidence.step : evidence.from === 'drill' ? evidence.drill : '/';
  const [phase = '', step = ''] = named.split('/');
  const skipped = leftOut(findStep(bundle, phase, step)?.when, bundle);
  return skipped === null ? null : `its step is skipped, since ${skipped}`;
}

/** Parameters are resolved when the bundle is made, so this never changes afterwards. */
function leftOut(when: Check['when'], { parameters }: Bundle): string | null {
  const missed = unmet(when, parameters);
  return missed === null ? null : `the parameter ${missed.parameter} is not ${JSON.stringify(missed.equals)}`;
}
