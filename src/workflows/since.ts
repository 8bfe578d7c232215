import { patched } from '@temporalio/workflow';

/** What was changed in workflows until one marker came to stand for all of it. */
type Change =
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

/**
 * Whether a workflow does something as it was changed, or as its history has it. Histories of before have a marker for each change that
 * they met, and with each an update of the search attributes, which Temporal keeps and indexes: some thirty events of a parked gate.
 * Newer ones have one marker. What is changed from now on has a marker of its own again, by `patched`.
 */
export function since(change: Change): boolean {
  return patched('one-marker') || patched(change);
}
