import { sha256 } from '../bundle/digest.ts';
import { summarizePlan } from '../domain/change.ts';
import { drillFacts } from '../domain/drill/facts.ts';
import { isAdvice, ofKind, wordsOf, type Finding } from '../domain/evidence.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { assertApproved } from './approvals.ts';
import type { ActivityDeps } from './deps.ts';
import { OwnPlans } from './plans.ts';
import { Skeletons } from './skeleton.ts';
import { recorder } from './recorder.ts';
import type { StepRef, WindlassActivities } from '../contract/activities.ts';
import { workOnStep } from './work.ts';

/** The activities that act on targets, by way of the step's engine. */
export function stepActivities(deps: ActivityDeps): Pick<WindlassActivities, 'planStep' | 'applyStep' | 'verifyStep'> {
  const record = recorder(deps.record);
  const plans = new OwnPlans();
  const approving = { ...deps, skeletons: new Skeletons() };
  return {
    planStep: (ref) =>
      workOnStep(deps, 'plan', ref, null, async (bound, context) => {
        plans.begin(ref);
        const changes = await bound.plan(context);
        const summary = summarizePlan(changes, bound.undo(), sha256);
        plans.keep(ref, summary);
        await record(ref.scope, ref.phase, ref.step, { type: 'plan', summary, changes });
        return summary;
      }),

    applyStep: (ref, fence, shown) =>
      workOnStep(deps, 'apply', ref, fence, async (bound, context, run) => {
        const known = plans.find(ref, shown);
        const planned = known === null ? await bound.plan(context) : [];
        const plan = known ?? summarizePlan(planned, bound.undo(), sha256);
        await assertApproved(approving, { ref, ...run, plan, changes: planned });
        const began = performance.now();
        const { changes, findings } = await bound.apply(shown === undefined ? context : { ...context, shown });
        const durationMs = Math.round(performance.now() - began);
        const summary = summarizePlan(changes, bound.undo(), sha256);
        await record(ref.scope, ref.phase, ref.step, { type: 'applied', summary, changes, durationMs });
        await keepFindings(ref, findings, 'apply');
        return { changes: summary, durationMs };
      }),

    verifyStep: (ref) =>
      workOnStep(deps, 'verify', ref, null, async (bound, context) => {
        const findings = await bound.verify(context);
        await keepFindings(ref, findings, 'verify');
        assertHolds(findings);
        return findings.length;
      }),
  };

  async function keepFindings(ref: StepRef, findings: readonly Finding[], act: 'apply' | 'verify'): Promise<void> {
    if (findings.length > 0) await record(ref.scope, ref.phase, ref.step, { type: 'evidence', findings, act });
    // A drill is one wherever it was carried out: history and interlock read verdicts, and no evidence of other things.
    const verdict = drillFacts(findings);
    if (verdict !== null) await record(ref.scope, ref.phase, ref.step, { type: 'drill', verdict });
  }
}

/** Kinds of findings that say what speaks against the thing. */
const JUDGED = [
  ...(['backup-good', 'drill-proof', 'drill-recent', 'network-flow', 'load-held'] as const),
  ...(['monitoring-query', 'monitoring-targets', 'monitoring-rules', 'monitoring-delivery'] as const),
  ...(['gitops-exported', 'gitops-drift'] as const),
] as const;
/** How many faults are said where a person reads of the failure; the evidence has the others. */
const SAID = 3;

/** What was found against it, where the finding says so. */
function faultsIn(finding: Finding): string {
  const [judged] = JUDGED.flatMap((kind) => ofKind(kind, [finding]));
  const faults = judged?.observed.faults ?? [];
  const more = faults.length > SAID ? `; and ${String(faults.length - SAID)} more` : '';
  return faults.length === 0 ? '' : `: ${faults.slice(0, SAID).join('; ')}${more}`;
}

function assertHolds(findings: readonly Finding[]): void {
  const broken = findings.filter((finding) => !finding.holds && !isAdvice(finding));
  const [first] = broken;
  if (!first) return;
  const others = broken.length > 1 ? ` (and ${broken.length - 1} more)` : '';
  const { subject, claim } = wordsOf(first);
  const why = faultsIn(first);
  throw new WindlassFailure('ExpectationFailed', `What was claimed does not hold: ${claim}${why}${others}.`, {
    object: subject,
    next: 'Look at the evidence with `windlass report`, mend the target or the expectation, then retry the step.',
    facts: { broken: broken.slice(0, 20).map((one) => ({ ...wordsOf(one), source: one.source })) },
  });
}
