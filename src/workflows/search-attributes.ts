import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

/** What rollouts can be found by in the Web UI and by `temporal workflow list --query`. */
export const SEARCH_ATTRIBUTES = {
  rollout: keyword('WindlassRollout'),
  environment: keyword('WindlassEnvironment'),
  phase: keyword('WindlassPhase'),
  state: keyword('WindlassState'),
  blockedOn: keyword('WindlassBlockedOn'),
  bundle: keyword('WindlassBundle'),
} as const;
