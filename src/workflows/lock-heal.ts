import { isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { readHealInput } from '../contract/message-schemas.ts';
import type { HealInput, HealResult } from '../contract/messages.ts';
import { healer } from './activities.ts';
import { summaryOf, workflowFailure } from './failures.ts';
import { visible } from '../domain/visible.ts';
import { argument, Mailbox } from './receive.ts';

/**
 * Heals the lock of a target, as somebody asks whom the worker's policy lets start rollouts.
 *
 * @throws ApplicationFailure with the summary of what failed; CancelledFailure.
 */
export async function lockHeal(sent: HealInput): Promise<HealResult> {
  new Mailbox().refuseOthers();
  const input = argument('lockHeal', readHealInput, sent);
  const result = await healer.healLock(input, workflowInfo().runId).catch((error: unknown) => {
    throw isCancellation(error) ? error : workflowFailure(summaryOf(error));
  });
  const lines = [...result.healed.map((one) => `- Healed: ${one}`), ...result.left.map((one) => `- Left: ${one}`)];
  setCurrentDetails(lines.length === 0 ? 'Nothing was wrong.' : visible(lines.join('\n')));
  return result;
}
