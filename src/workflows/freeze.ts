import { isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { readFreezeOrder } from '../contract/message-schemas.ts';
import type { FreezeOrder } from '../domain/freeze-order.ts';
import { visible } from '../domain/visible.ts';
import { freezer } from './activities.ts';
import { summaryOf, workflowFailure } from './failures.ts';
import { argument, Mailbox } from './receive.ts';

/**
 * Freezes an environment, or ends freezes of it, as somebody asks whom the worker's policy lets start there.
 *
 * @throws ApplicationFailure with the summary of what failed; CancelledFailure.
 */
export async function freeze(sent: FreezeOrder): Promise<void> {
  new Mailbox().refuseOthers();
  const order = argument('freeze', readFreezeOrder, sent);
  await freezer.orderFreeze(order, workflowInfo().runId).catch((error: unknown) => {
    throw isCancellation(error) ? error : workflowFailure(summaryOf(error));
  });
  setCurrentDetails(visible(order.until === null ? 'Ended.' : `Frozen until ${order.until}: ${order.reason}`));
}
