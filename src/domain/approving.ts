import type { PlanSummary } from './change.ts';
import { demandsOn, type Decision, type OpenGate } from './gate.ts';
import { isSameIdentity } from './identity.ts';
import { lackingApprovals, timesOf, type Quorum } from './quorum.ts';
import type { StepShape } from './shape.ts';

/** What several approvals of a step with this plan must come to; null where one will do. */
export function quorumOn(step: Pick<StepShape, 'quorum' | 'demands'>, plan: PlanSummary | null): Quorum | null {
  if (step.quorum === undefined) return null;
  const demanded = demandsOn(step, plan).map(({ reason, approvers, required = 1 }) => ({
    of: `${approvers.join(' or ')} (${reason}, by the worker's policy)`,
    among: approvers,
    count: required,
  }));
  return [...step.quorum, ...demanded];
}

/** The approvals of one opening of a gate that stand, and who has taken one back, each time. */
interface Given<A> {
  readonly approvals: readonly A[];
  readonly withdrawals: readonly string[];
}

/** The approvals after one more decision. What was taken back and is sent once more, and what is known already, changes nothing. */
function afterDecision<A extends { readonly by: string }>(
  given: Given<A>,
  { verdict, by, withdrawals = 0 }: Decision,
  approval: A,
): Given<A> {
  if (withdrawals !== timesOf(given.withdrawals, by)) return given;
  const others = given.approvals.filter((one) => !isSameIdentity(one.by, by));
  if (verdict === 'approve') return { ...given, approvals: [...others, approval] };
  if (verdict !== 'withdraw' || others.length === given.approvals.length) return given;
  return { approvals: others, withdrawals: [...given.withdrawals, by] };
}

/** A gate after an approval that stands, or after one was taken back. */
export function withApproval(gate: OpenGate, decision: Decision): OpenGate {
  const { by, comment } = decision;
  const before = { approvals: gate.approvals ?? [], withdrawals: gate.withdrawals ?? [] };
  const { approvals, withdrawals } = afterDecision(before, decision, { by, comment });
  return { ...gate, approvals, ...(withdrawals.length === 0 ? {} : { withdrawals }) };
}

/** Of what was decided over one opening of a gate, in that order: the approvals that stand in the end, and who has taken one back. */
export function standingApprovals(decisions: readonly Decision[]): Given<Decision> {
  const none: Given<Decision> = { approvals: [], withdrawals: [] };
  return decisions.reduce((given, decision) => afterDecision(given, decision, decision), none);
}

/** Who must still approve a gate, in words; null where nobody must, and for a gate for which one approval does. */
export function lackingAt({ quorum, approvals = [] }: Pick<OpenGate, 'quorum' | 'approvals'>): string | null {
  if (quorum === undefined) return null;
  return lackingApprovals(
    quorum,
    approvals.map(({ by }) => by),
  );
}
