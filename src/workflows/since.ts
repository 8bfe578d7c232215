import { patched } from '@temporalio/workflow';

/** What was changed in workflows until one marker came to stand for all of it. */
type First =
  | 'answered-once-recorded'
  | 'approval-expires'
  | 'asked-in-doubt'
  | 'asked-while-judged'
  | 'cancel-by-command'
  | 'confirmed'
  | 'denials-bounded'
  | 'identities'
  | 'interlock'
  | 'judged-at-hand'
  | 'lock-asks'
  | 'lock-bounded'
  | 'lock-keeps'
  | 'measures'
  | 'once'
  | 'phases-asked'
  | 'rollout-continues'
  | 'tell-chain'
  | 'told-what-is-decided'
  | 'verdict-by-its-witness'
  | 'waiting-bounded';

/** What was changed until a second one came to stand for that and for all before. */
type Second = 'gates-recorded' | 'opened-at-hand' | 'start-is-shown';

const SECOND: ReadonlySet<string> = new Set<Second>(['gates-recorded', 'opened-at-hand', 'start-is-shown']);

/**
 * Whether a workflow does something as it was changed, or as its history has it. Histories of before have a marker for each change that
 * they met, and with each an update of the search attributes, which Temporal keeps and indexes: some thirty events of a parked gate.
 * Newer ones have one marker, or the second. What is changed from now on has a marker of its own again, by `patched`.
 */
export function since(change: First | Second): boolean {
  return patched('second-marker') || (!SECOND.has(change) && patched('one-marker')) || patched(change);
}
