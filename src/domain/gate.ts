import { isAmong, isGroup, isSameIdentity } from './identity.ts';
import { canonicalJson } from './json.ts';
import { countsFor, quorumWords, timesOf, type GivenApproval, type Quorum } from './quorum.ts';
import type { PlanSummary } from './change.ts';
import type { StepDemand, StepShape } from './shape.ts';

/** A person's answer to an open gate, with everything that is signed. */
export interface Decision {
  /** `withdraw` takes back an approval of a gate that waits for others. */
  readonly verdict: 'approve' | 'reject' | 'withdraw';
  readonly bundle: string;
  /** Run id of the rollout workflow. */
  readonly run: string;
  readonly phase: string;
  readonly step: string;
  /** The change digest that the person was shown. */
  readonly changeDigest: string;
  /** Which opening of the gate; absent where the gate does not say. */
  readonly opening?: number;
  /** Who decides, as a plain identity. */
  readonly by: string;
  readonly comment: string;
  /** What is waived, word for word as the gate said; absent where the gate waives nothing. */
  readonly waives?: string;
  /**
   * How often whoever decides had taken back an approval at this opening of the gate, so that what was taken back is not given again by
   * sending it once more; absent for never.
   */
  readonly withdrawals?: number;
  /** Base64 Ed25519 signature over `signedText`; empty where the environment lets it be. */
  readonly signature: string;
}

/** What somebody has done who decided, in a word. */
export const DECIDED: Readonly<Record<Decision['verdict'], string>> = {
  approve: 'approved',
  reject: 'rejected',
  withdraw: 'withdrawn',
};

/** A gate that waits for a person. */
export interface OpenGate {
  readonly phase: string;
  readonly step: string;
  readonly reason: string;
  readonly approvers: readonly string[];
  /** What the worker's policy demands beside: of each, one of the approvers; absent where it demands nothing. */
  readonly demands?: readonly { readonly reason: string; readonly approvers: readonly string[] }[];
  /** What several approvals must come to, the policy's demands included; absent where one will do. */
  readonly quorum?: Quorum;
  /** Who has approved so far; absent where nobody has, or one will do. */
  readonly approvals?: readonly GivenApproval[];
  /** Who has taken back an approval, each time; absent where nobody has. */
  readonly withdrawals?: readonly string[];
  readonly changeDigest: string;
  readonly destructiveDigest: string;
  readonly plan: PlanSummary | null;
  /** How often the gate of this step has opened in this run, this time included; absent in runs of before it was counted. */
  readonly opening?: number;
  /** ISO 8601 in UTC. */
  readonly openedAt: string;
  readonly expiresAt: string | null;
  /** What approving does without, such as a proven backup; absent where nothing is missing. */
  readonly waives?: string;
}

/** What became of a decision. `denied` says why, and is recorded too. */
export type DecisionAnswer =
  | {
      readonly accepted: true;
      readonly phase: string;
      readonly step: string;
      readonly verdict: Decision['verdict'];
      /** Who must approve besides, in words; absent where the gate waits for nobody else. */
      readonly lacks?: string;
    }
  | { readonly accepted: false; readonly reason: string };

/** What a decision is judged by of the gate that it is for. */
type JudgedGate = Pick<
  OpenGate,
  | 'phase'
  | 'step'
  | 'approvers'
  | 'demands'
  | 'quorum'
  | 'approvals'
  | 'withdrawals'
  | 'changeDigest'
  | 'opening'
  | 'waives'
>;

/** The facts a decision is judged by. */
export interface DecisionContext {
  readonly bundle: string;
  readonly run: string;
  readonly startedBy: string;
  readonly gates: readonly JudgedGate[];
  /** Members by group name; a gate's approvers are groups or plain identities. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly selfApproval: boolean;
  /** How names are compared: letter by letter in rollouts that were judged before names had a normal form. */
  readonly exactNames?: boolean;
}

/**
 * Why a decision cannot stand, or null when it can. Signatures are verified before, by an activity, since a pure function
 * has no keys.
 */
export function denialOf(decision: Decision, context: DecisionContext): string | null {
  const at = `${decision.phase}/${decision.step}`;
  if (decision.bundle !== context.bundle)
    return `the decision is for bundle ${short(decision.bundle)}, this rollout carries ${short(context.bundle)}`;
  const otherRun = runDenial('decision', decision.run, context.run);
  if (otherRun !== null) return otherRun;
  const gate = context.gates.find((open) => open.phase === decision.phase && open.step === decision.step);
  if (!gate) return `no gate is open at ${at}`;
  if (gate.changeDigest !== decision.changeDigest)
    return `the changes shown to ${decision.by} (${short(decision.changeDigest)}) are not those the gate at ${at} waits on (${short(gate.changeDigest)})`;
  if (gate.opening !== undefined && decision.opening !== gate.opening)
    return `the decision is for another opening of the gate at ${at} than this one, number ${String(gate.opening)}`;
  if (decision.by === '') return 'the decision does not say by whom it is';
  const { exactNames = false } = context;
  if (!exactNames && isGroup(context.groups, decision.by))
    return `${decision.by} is a group here, and nobody who could decide`;
  if (gate.quorum !== undefined) return quorumDenial(decision, gate, gate.quorum, context);
  if (decision.verdict === 'withdraw') return nothingGiven(decision, at);
  if (!isApprover(decision.by, gate, context))
    return `${decision.by} is not an approver of ${at} (${gate.approvers.join(', ')})`;
  const same = (a: string, b: string) => (exactNames ? a === b : isSameIdentity(a, b));
  const demand = gate.demands?.find(({ approvers }) => !approvers.some((approver) => same(approver, decision.by)));
  if (decision.verdict === 'approve' && demand !== undefined)
    return `the worker's policy asks for the approval of ${demand.approvers.join(' or ')} at ${at} (${demand.reason}), not of ${decision.by}`;
  if (decision.verdict === 'approve' && !context.selfApproval && same(decision.by, context.startedBy))
    return ownStart(decision.by);
  return decision.verdict === 'approve' ? waiverDenial(decision, gate) : null;
}

/** The same where several must approve: of each, what is asked is that it counts for something. */
function quorumDenial(
  decision: Decision,
  gate: JudgedGate,
  quorum: Quorum,
  { selfApproval, startedBy }: DecisionContext,
): string | null {
  const { by, verdict, phase, step } = decision;
  const at = `${phase}/${step}`;
  if (!countsFor(quorum, by)) return `${by} is not an approver of ${at} (${quorumWords(quorum)})`;
  if (verdict !== 'reject' && (decision.withdrawals ?? 0) !== timesOf(gate.withdrawals ?? [], by))
    return `${by} has decided so before they took back an approval of ${at}: it must be decided anew`;
  const given = gate.approvals?.some((one) => isSameIdentity(one.by, by)) === true;
  if (verdict === 'withdraw') return given ? null : nothingGiven(decision, at);
  if (verdict === 'reject') return null;
  if (given) return `${by} has approved ${at} already, which waits for others`;
  if (!selfApproval && isSameIdentity(by, startedBy)) return ownStart(by);
  return waiverDenial(decision, gate);
}

function ownStart(by: string): string {
  return `${by} started this rollout, and this environment lets nobody approve what they started`;
}

function nothingGiven({ by }: Decision, at: string): string {
  return `${by} has given no approval of ${at} that waits for others, and so has nothing to take back`;
}

/** Whoever waives something says what, so that nobody does by an approval meant for an earlier gate, and why. */
function waiverDenial({ by, comment, waives }: Decision, gate: JudgedGate): string | null {
  if (waives !== gate.waives)
    return gate.waives === undefined
      ? `the gate has nothing to waive, and ${by} waives: ${waives ?? ''}`
      : `approving waives what ${by} was not shown: ${gate.waives}`;
  if (waives === undefined || comment.trim() !== '') return null;
  return `approving waives a rule (${waives}), and the decision does not say why: it needs a comment`;
}

function isApprover(by: string, gate: JudgedGate, context: DecisionContext): boolean {
  if (gate.approvers.length === 0) return true;
  if (context.exactNames !== true) return isAmong(by, gate.approvers, context.groups);
  // Own names only: a group may be called `constructor`, and an approver too.
  const members = (group: string) => (Object.hasOwn(context.groups, group) ? (context.groups[group] ?? []) : []);
  return gate.approvers.some((approver) => approver === by || members(approver).includes(by));
}

/** Whether a step with this plan waits for a person; null for a plan of one that plans nothing. */
export function opensGate(step: Pick<StepShape, 'approval' | 'demands'>, plan: PlanSummary | null): boolean {
  const opens = plan !== null && (plan.destructive > 0 || (plan.asks ?? 0) > 0);
  return step.approval !== null || opens || demandsOn(step, plan).length > 0;
}

/** What the worker's policy demands of a step with this plan; null for one that plans nothing. */
export function demandsOn(
  { demands = [] }: Pick<StepShape, 'demands'>,
  plan: Pick<PlanSummary, 'destructive'> | null,
): readonly StepDemand[] {
  return demands.filter(({ destructive }) => !destructive || (plan !== null && plan.destructive > 0));
}

/** Who may decide a gate, in words. */
export function decidersOf({
  approvers,
  demands = [],
  quorum,
  approvals = [],
}: Pick<OpenGate, 'approvers' | 'demands' | 'quorum' | 'approvals'>): string {
  if (quorum !== undefined) {
    const given = approvals.length === 0 ? '' : `; approved by ${approvals.map(({ by }) => by).join(', ')}`;
    return `${quorumWords(quorum)}${given}`;
  }
  const own = approvers.length === 0 ? 'anyone' : approvers.join(', ');
  const demanded = demands.map(({ reason, approvers: of }) => `${of.join(' or ')} (${reason}, by the worker's policy)`);
  if (demanded.length === 0) return own;
  return [...(approvers.length === 0 ? [] : [own]), ...demanded].join(', who must also be ');
}

/** The first characters of a digest, as people compare them. */
export function short(digest: string): string {
  return digest.slice(0, 12);
}

/** A decision over exactly what a gate shows, not signed yet. What is waived is said word for word. */
export function decisionOver(
  { bundle, run }: Pick<Decision, 'bundle' | 'run'>,
  gate: OpenGate,
  said: Pick<Decision, 'verdict' | 'by' | 'comment'>,
): Omit<Decision, 'signature'> {
  const { phase, step, changeDigest, opening, waives } = gate;
  const { verdict, by, comment } = said;
  const withdrawals = verdict === 'reject' ? 0 : timesOf(gate.withdrawals ?? [], by);
  return {
    ...{ verdict, bundle, run, phase, step, changeDigest },
    ...(opening === undefined ? {} : { opening }),
    ...{ by, comment },
    ...(verdict === 'approve' && waives !== undefined ? { waives } : {}),
    ...(withdrawals === 0 ? {} : { withdrawals }),
  };
}

/** Why a message is not for this run; null when it is. */
export function runDenial(what: 'decision' | 'command', run: string, running: string): string | null {
  return run === running ? null : `the ${what} is for run ${run}, the running one is ${running}`;
}

/** Why a command was not given for this time that the step is parked; null when it was. */
export function parkingDenial(
  parking: number | undefined,
  { parkings }: { readonly parkings?: number },
  at: string,
): string | null {
  if (parkings === undefined || parking === parkings) return null;
  return `the command is for another time that ${at} was parked than this one, number ${String(parkings)}`;
}

/** What a signed message is and for which rollout, so that none can stand for another. */
export interface Addressed {
  readonly kind:
    | ('start' | 'decision' | 'command' | 'heal' | 'freeze')
    | ('drill' | 'drill schedule')
    | ('readiness' | 'readiness schedule')
    | ('drift' | 'drift schedule');
  readonly environment: string;
  readonly rollout: string;
}

/** What every decision about a rollout is signed as. */
export function addressOfDecision({ environment, rollout }: Pick<Addressed, 'environment' | 'rollout'>): Addressed {
  return { kind: 'decision', environment, rollout };
}

/** The text that is signed: the canonical JSON of everything but the signature, and of what the message is. */
export function signedText({ kind, environment, rollout }: Addressed, message: { readonly signature: string }): string {
  return canonicalJson({ ...message, signature: undefined, kind, environment, rollout });
}
