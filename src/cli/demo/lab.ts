import { labUp, toolProgress, type Lab } from '../../lab/index.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Cli } from '../cli.ts';

/**
 * Brings the lab up, tools included, telling what becomes ready when.
 *
 * @throws LabFailure naming the tool or server that stands in the way.
 */
export async function bringLabUp(cli: Cli, dir: string | undefined): Promise<Lab> {
  const tools = toolProgress();
  const lab = await labUp({
    dir,
    // It costs next to nothing, and a platform that has a scheduler needs it.
    with: ['dolphinscheduler'],
    onToolProgress: tools.tell,
    onProgress: (progress) => {
      tools.end();
      if (progress.event === 'waiting') cli.say(`Waiting for process ${progress.pid}, which works on this lab.`);
      else if (progress.started) cli.say(`  ${progress.server} is ready after ${formatDuration(progress.elapsedMs)}`);
    },
  });
  tools.end();
  cli.say(
    lab.started.length === 0 ? `The lab in ${lab.dir} was up already.` : `The lab in ${lab.dir} is up.`,
    `  Web UI: ${lab.env.WINDLASS_LAB_TEMPORAL_UI}`,
  );
  return lab;
}
