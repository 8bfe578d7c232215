import type { Command } from 'commander';
import { actorOf } from './actor.ts';
import { withClient } from './connect.ts';
import { EXIT } from './exit.ts';
import { messageVerb, sendCommand, type MessageVerbOptions } from './operate.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';

export function cancelCommand(): Command {
  return messageVerb('cancel', 'end a rollout; what was reached stays, and a new start goes on from it').action(
    (rollout: string, options: MessageVerbOptions) =>
      run(options, async (cli) => {
        const ref = await rolloutRef(rollout, options.environment);
        const actor = await actorOf(options);
        return withClient(cli, async (client) => {
          const { run: runId } = await client.status(ref);
          await sendCommand(
            cli,
            client,
            ref,
            { action: 'cancel', run: runId, phase: '', step: '' },
            { ...options, ...actor },
          );
          return EXIT.ok;
        });
      }),
  );
}
