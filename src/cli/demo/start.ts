import type { LoadedRollout } from '../../bundle/load.ts';
import type { StartedRollout, WindlassClient } from '../../client.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { short } from '../../domain/gate.ts';
import type { Cli } from '../cli.ts';
import { tellStarted } from '../start.ts';

/**
 * Starts a rollout, or joins the run that an earlier demo left open.
 *
 * @throws WindlassFailure as `WindlassClient.start` does, but for `AlreadyRunning`.
 */
export async function startOrJoin(cli: Cli, client: WindlassClient, loaded: LoadedRollout): Promise<StartedRollout> {
  try {
    const started = await client.start(loaded);
    tellStarted(cli, started);
    return started;
  } catch (error) {
    if (!(error instanceof WindlassFailure) || error.type !== 'AlreadyRunning') throw error;
    return join(cli, client, loaded);
  }
}

async function join(cli: Cli, client: WindlassClient, loaded: LoadedRollout): Promise<StartedRollout> {
  const { rollout, environment, workflowId, run, bundle } = await client.status(loaded.bundle);
  const other = bundle === loaded.digest ? '' : `; it carries an older bundle, ${short(bundle)}`;
  cli.say(`Joined ${workflowId}, run ${run}, which an earlier start left open${other}.`);
  const webUi = client.webUi(workflowId, run);
  if (webUi !== null) cli.say(`Web UI: ${webUi}`);
  return { rollout, environment, workflowId, run, bundle, webUi };
}
