import { Context } from '@temporalio/activity';
import type { Bundle } from '../domain/bundle.ts';
import { ofType } from '../domain/entries.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { isAmong } from '../domain/identity.ts';
import { narrowed } from '../domain/policy.ts';
import { fellWords } from '../domain/readiness/changes.ts';
import type { Attestation, Looks } from '../domain/readiness/look.ts';
import type { Standing } from '../domain/readiness/levels.ts';
import { checkPath } from '../domain/readiness/scorecard.ts';
import { readinessShape, type ReadinessShape } from '../domain/readiness/shape.ts';
import { shapeOf } from '../domain/shape.ts';
import { paced } from '../domain/silence.ts';
import { askChecks } from '../steps/ask-checks.ts';
import { readMeasures } from '../steps/measure.ts';
import { within } from '../steps/reach.ts';
import type { WindlassActivities } from '../contract/activities.ts';
import type { ReadinessInput, RunScope } from '../contract/messages.ts';
import { admitted } from './admission.ts';
import { assessedNow, lackingReadiness } from './assessments.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { recorder } from './recorder.ts';

/** The activities that look at how ready a rollout is. */
export function readinessActivities(
  deps: ActivityDeps,
): Pick<WindlassActivities, 'openReadiness' | 'assessReadiness' | 'missingReadiness'> {
  const record = recorder(deps.record);
  return {
    missingReadiness: guarded((ref) => lackingReadiness(deps, ref)),

    openReadiness: guarded(async (input, run) => {
      const { environment, rollout, bundle: digest } = input;
      const scope = { environment, rollout, run, bundle: digest };
      const { bundle, start } = await opened(scope);
      const verified = await admitted(deps, scope, null, start, bundle);
      const { startedBy: by, signature, mode, attests } = start;
      if (attests !== undefined) await judged(start, verified, bundle);
      await record(scope, null, null, {
        ...{ type: 'start', by, signature, verified, mode },
        ...(verified && start.signedAt !== undefined ? { signedAt: start.signedAt } : {}),
        ...(attests === undefined ? {} : { attests: attests.check }),
      });
      return {
        // Whoever says something to a manual check need not be one who may look at everything.
        steps: attests === undefined ? stepsAsked(bundle, deps.silenceMs) : [],
        notifications: (bundle.notifications ?? []).map(({ on }) => on),
      };
    }),

    assessReadiness: guarded(async (scope, steps) => {
      const { bundle, files, start, shape } = await opened(scope);
      const policy = await deps.policy.of(bundle.environment);
      const looks = start.attests === undefined ? await look() : { probes: [], measures: [], attested: await said() };
      await record(scope, null, null, { type: 'looks', steps, ...looks });

      const { card, reading, bundles } = await assessedNow(deps, scope, bundle, shape);
      const before = ofType(reading.entries, 'readiness').findLast((entry) => entry.scope.run !== scope.run)?.body.card;
      await record(scope, null, null, { type: 'readiness', shape, bundles, card });
      const { score, level, capped, real, simulated } = card;
      return {
        ...scope,
        now: { score, level, capped },
        real: brief(real),
        simulated,
        before: before === undefined ? null : brief(before),
        fell: before === undefined ? null : fellWords(before, card),
      };

      async function look(): Promise<Omit<Looks, 'steps'>> {
        const reach = within(policy, bundle.environment, deps.env);
        const asking = {
          signal: Context.current().cancellationSignal,
          owner: { ...scope, phase: 'readiness', step: 'now' },
        };
        const asked = { ...bundle, measures: measuresAsked(bundle) };
        const [measures, probes] = await Promise.all([
          readMeasures(asked, reach, asking),
          askChecks(bundle, files, reach, asking),
        ]);
        return { measures, probes, attested: [] };
      }

      /** That it may be said was judged when the run was opened; what is on record says whether it was signed. */
      async function said(): Promise<readonly Attestation[]> {
        const { entries } = await deps.record.read({ ...scope, types: ['start'] });
        const signed = ofType(entries, 'start').some(({ body }) => body.verified === true);
        const time = new Date().toISOString();
        return start.attests === undefined ? [] : [{ ...start.attests, by: start.startedBy, signed, time }];
      }
    }),
  };

  async function opened(scope: RunScope) {
    const start = await deps.callers.startOf(scope);
    const { bundle, files } = await deps.openBundle(scope.bundle);
    const shape = readinessShape(bundle);
    if (!('mode' in start) || start.mode !== 'readiness' || shape === null) throw nothingAsked(scope);
    return { start, bundle, files, shape };
  }

  /** @throws WindlassFailure `DecisionDenied`, `InvalidRollout`. */
  async function judged(start: ReadinessInput, verified: boolean, bundle: Bundle): Promise<void> {
    const { attests, startedBy } = start;
    const asked = checkOf(readinessShape(bundle), attests?.check ?? '');
    const object = attests?.check ?? '';
    if (asked?.evidence.from !== 'manual' || asked.evidence.question !== attests?.question)
      throw new WindlassFailure('InvalidRollout', 'The bundle has no such manual check, or asks another question.', {
        object,
        next: 'Look with `windlass readiness` which there are.',
      });
    const { groups } = narrowed(await deps.policy.of(bundle.environment), bundle.decisions);
    const { by, signed } = asked.evidence;
    if (!isAmong(startedBy, by, groups))
      throw new WindlassFailure('DecisionDenied', `${startedBy} is none of those who may say so: ${by.join(', ')}.`, {
        object,
        next: 'Let one of them look and say it.',
      });
    if (signed && !verified)
      throw new WindlassFailure('DecisionDenied', 'What is said to this check must be signed.', {
        object,
        next: "Say it with `--key FILE` of somebody whose public key the worker's policy lists.",
      });
  }
}

function checkOf(shape: ReadinessShape | null, path: string) {
  return shape?.areas
    .flatMap(({ name, checks }) => checks.map((check) => ({ ...check, path: checkPath(name, check.name) })))
    .find((check) => check.path === path);
}

/** Steps that checks ask for and that are not left out, each once. */
function stepsAsked(bundle: Bundle, silenceMs: number | undefined) {
  const asked = new Set(
    (bundle.readiness?.areas ?? []).flatMap(({ checks }) =>
      checks.flatMap(({ evidence }) => (evidence.from === 'step' ? [evidence.step] : [])),
    ),
  );
  return shapeOf(bundle).phases.flatMap(({ name: phase, steps }) =>
    steps
      .filter((step) => asked.has(`${phase}/${step.name}`) && step.included)
      .map((step) => ({ phase, step: paced(step, silenceMs) })),
  );
}

function measuresAsked({ readiness, measures = [] }: Bundle) {
  const asked = new Set(
    (readiness?.areas ?? []).flatMap(({ checks }) =>
      checks.flatMap(({ evidence }) => (evidence.from === 'measure' ? [evidence.measure] : [])),
    ),
  );
  return measures.filter(({ name }) => asked.has(name));
}

function brief({ score, level }: Standing): Standing {
  return { score, level };
}

function nothingAsked({ rollout, environment }: RunScope): WindlassFailure {
  return new WindlassFailure('InvalidRollout', 'The bundle does not say what makes the rollout ready.', {
    object: `${rollout} in ${environment}`,
    next: 'Write spec.readiness (docs/readiness.md), and start the rollout with it.',
  });
}
