import type { Client } from '@temporalio/client';
import type { Actor } from './client-actor.ts';
import { idOf, shown, signedInput, workflowOf, type Of } from './client-schedules.ts';
import type { Config } from './config.ts';
import type { Attests } from './contract/messages.ts';

/**
 * Starts a run that is none of a rollout.
 *
 * @param attests what its actor says to a manual check.
 * @throws what Temporal's client does, `WorkflowExecutionAlreadyStartedError` while another one is open.
 */
export async function begin(client: Client, { taskQueue }: Config, of: Of, actor: Actor, attests?: Attests) {
  return client.workflow.start(workflowOf(of), {
    workflowId: idOf(of),
    taskQueue,
    args: [signedInput(of, actor, attests === undefined ? {} : { attests })],
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    ...shown(of),
  });
}
