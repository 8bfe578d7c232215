import { durationMs, formatDuration } from './duration.ts';
import type { EngineContext, StepEngine } from './step-engine.ts';
import type { EvidenceHow, Finding } from './evidence.ts';
import { expectation, type Expectation } from './evidence/probe.ts';
import { WindlassFailure } from './failure.ts';
import type { Json } from './json.ts';
import { doublingPauses } from './pauses.ts';

/** What one try of a probe met. */
export interface Sighting {
  /** Whether it is what was expected. */
  readonly met: boolean;
  /** What was seen, as the rest of a sentence that begins with the question: `answered 503`. Never a body. */
  readonly seen: string;
  readonly observed?: Json;
  /** Real where it is not said. */
  readonly how?: EvidenceHow;
}

/** How long a probe may take to succeed, as a duration. */
interface Timed {
  readonly within: string;
}

/** One kind of probe. */
export interface Question<Spec> {
  /**
   * What is asked, free of secrets: `GET http://127.0.0.1:8080/health`.
   *
   * @throws WindlassFailure `ReferenceUnresolved` when the address can never be asked.
   */
  label(spec: Spec): string;
  /** What is expected. */
  expects(spec: Spec): Expectation;
  /** Asks once, in at most `ms` milliseconds, a whole number; what a server says or fails to say is a sighting, not an error. */
  ask(spec: Spec, context: EngineContext, ms: number): Promise<Sighting>;
}

/** Time, handed in because this room has none. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Rejects with the signal's reason when it aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const ASK_AGAIN = { firstMs: 250, mostMs: 2_000 };
/** One try must not use up the time of all: an answer that never comes may come to the next. */
const LONGEST_TRY = 10_000;

/**
 * An engine that asks until it is answered as expected or `within` is over. A probe changes nothing, so its plan is
 * empty, and a step with an empty plan is only verified: therefore `verify` waits as patiently as `apply`. Both throw
 * `ProbeFailed`, which says what was seen last.
 */
export function probeEngine<Spec extends Timed>(question: Question<Spec>, clock: Clock): StepEngine<Spec> {
  const probe = async (spec: Spec, context: EngineContext): Promise<readonly Finding[]> => {
    const sighting = await askUntilMet(question, spec, context, clock);
    const { observed, seen, how = 'real' } = sighting;
    return [
      {
        kind: 'probe-answered',
        about: { step: context.owner.step, expects: question.expects(spec) },
        holds: true,
        how,
        source: question.label(spec),
        observed: observed ?? seen,
        time: new Date().toISOString(),
      },
    ];
  };
  return {
    plan: () => Promise.resolve([]),
    apply: async (spec, context) => ({ changes: [], findings: await probe(spec, context) }),
    verify: probe,
    undo: () => 'A probe changes nothing, so there is nothing to undo.',
  };
}

async function askUntilMet<Spec extends Timed>(
  question: Question<Spec>,
  spec: Spec,
  context: EngineContext,
  clock: Clock,
): Promise<Sighting> {
  const label = question.label(spec);
  const deadline = clock.now() + durationMs(spec.within);
  const pauses = doublingPauses(ASK_AGAIN);
  for (let tries = 1; ; tries += 1) {
    context.signal.throwIfAborted();
    const left = Math.max(1, Math.ceil(deadline - clock.now()));
    const sighting = await question.ask(spec, context, Math.min(left, LONGEST_TRY));
    context.signal.throwIfAborted();
    if (sighting.met) return sighting;
    context.progress({ tries, seen: sighting.seen });
    const pause = pauses.next().value;
    if (clock.now() + pause >= deadline) throw failed(label, question.expects(spec), spec, context, tries, sighting);
    await clock.wait(pause, context.signal);
  }
}

function failed(
  label: string,
  expects: Expectation,
  spec: Timed,
  context: EngineContext,
  tries: number,
  { seen, observed }: Sighting,
): WindlassFailure {
  const within = formatDuration(durationMs(spec.within));
  const times = tries === 1 ? 'asked once' : `asked ${tries} times`;
  return new WindlassFailure(
    'ProbeFailed',
    `${label} ${seen}; expected within ${within}: ${expectation(expects)} (${times}).`,
    {
      object: `probe ${context.owner.step}`,
      next: 'See why the target does not answer as expected, then retry the step.',
      facts: { tries, ...(observed === undefined ? {} : { observed }) },
    },
  );
}
