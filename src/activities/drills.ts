import { findStep } from '../domain/bundle.ts';
import { drillFacts } from '../domain/drill/facts.ts';
import type { Finding } from '../domain/evidence.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { stepPath } from '../domain/names.ts';
import { findStepShape, shapeOf } from '../domain/shape.ts';
import { paced } from '../domain/silence.ts';
import { postJson } from '../http/post.ts';
import { admitted } from './admission.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { notADrill, openDrill } from '../steps/open-drill.ts';
import { recorder } from './recorder.ts';
import { within } from '../steps/reach.ts';
import { addressOf } from '../http/server-url.ts';
import type { StepRef, WindlassActivities } from '../contract/activities.ts';
import { workOn } from './work.ts';

/** The activities of drills apart from a rollout. */
export function drillActivities(
  deps: ActivityDeps,
): Pick<WindlassActivities, 'openDrill' | 'drillStep' | 'witnessStep'> {
  const record = recorder(deps.record);
  const keep = (ref: StepRef, findings: readonly Finding[], act: 'drill' | 'witness') =>
    record(ref.scope, ref.phase, ref.step, { type: 'evidence', findings, act });
  return {
    openDrill: guarded(async (input, run) => {
      const scope = { environment: input.environment, rollout: input.rollout, run, bundle: input.bundle };
      const start = await deps.callers.startOf(scope);
      if (!('phase' in start)) throw notADrill(scope.rollout, 'rollout');
      const { phase, step, mode, startedBy: by, signature } = start;
      const { bundle } = await deps.openBundle(input.bundle);
      const verified = await admitted(deps, scope, { phase, step }, start, bundle);
      const shape = findStepShape(shapeOf(bundle), phase, step);
      if (shape === undefined || findStep(bundle, phase, step) === null) throw noStep(stepPath(phase, step));
      if (shape.kind !== 'velero.drill') throw notADrill(stepPath(phase, step), shape.kind);
      // A look leaves no trace unless it finds something: it is taken again and again.
      if (mode !== 'freshness') await record(scope, phase, step, { type: 'start', by, signature, verified, mode });
      return { step: paced(shape, deps.silenceMs), notifications: (bundle.notifications ?? []).map(({ on }) => on) };
    }),

    drillStep: (ref, fence) =>
      workOn(deps, 'drill', ref, fence, openDrill, async (bound, context) => {
        const findings = await bound.drill(context);
        await keep(ref, findings, 'drill');
        const verdict = drillFacts(findings) ?? noVerdict(ref);
        await record(ref.scope, ref.phase, ref.step, { type: 'drill', verdict });
        return verdict;
      }),

    witnessStep: (ref, fence) =>
      workOn(deps, 'witness', ref, fence, openDrill, async (bound, context) => {
        const findings = await bound.witness(context);
        await keep(ref, findings, 'witness');
        return findings.length;
      }),
  };
}

function noStep(path: string): WindlassFailure {
  return new WindlassFailure('InvalidRollout', 'The bundle has no such step.', {
    object: path,
    next: 'Name a step of kind velero.drill; a schedule pins the bundle it was made with: make it again to renew it.',
  });
}

function noVerdict(ref: StepRef): never {
  throw new WindlassFailure('Internal', 'The drill ended, and its evidence says nothing of the backup.', {
    object: stepPath(ref.phase, ref.step),
    next: 'This is a defect of Windlass: report it.',
    retryable: false,
  });
}

/** The activity that tells webhooks. Their addresses may hold secrets: they are in no failure, history or log. */
export function notifyActivities(
  deps: Pick<ActivityDeps, 'openBundle' | 'policy' | 'callers' | 'env'>,
): Pick<WindlassActivities, 'notify'> {
  return {
    notify: guarded(async (digest, webhook, news) => {
      const { environment, rollout, run } = news;
      await deps.callers.startOf({ environment, rollout, run, bundle: digest });
      const { bundle } = await deps.openBundle(digest);
      const target = bundle.notifications?.[webhook];
      const object = `notifications[${webhook}] of ${news.environment}`;
      if (target === undefined)
        throw new WindlassFailure('InvalidRollout', 'The bundle has no such webhook.', {
          object,
          next: 'Start the drill again.',
        });
      const { resolve, admit } = within(await deps.policy.of(bundle.environment), bundle.environment, deps.env);
      const url = await resolve(target.url);
      admit(addressOf({ url }), object);
      await postJson(url, { id: `${news.run}/${news.event}`, ...news }, object);
    }),
  };
}
