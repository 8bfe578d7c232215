import { median, type Row } from '../harness.ts';
import { row } from './rows.ts';
import type { Stage } from './stage.ts';

/** Ten times the objects: how time and memory grow. The memory is the most that the engine's process ever held. */
export async function large(stage: Stage): Promise<readonly Row[]> {
  const manifests = stage.manifests(10_000);
  const [seconds, peaks]: [number[], number[]] = [[], []];
  for (let round = 1; round <= stage.rounds; round++) {
    await stage.cluster.reset();
    const engine = await stage.engine();
    try {
      const order = { verb: 'apply', kubeconfig: stage.cluster.kubeconfig, manifests } as const;
      const { appliedSeconds, peakMiB } = await engine.tell(order);
      seconds.push(appliedSeconds);
      peaks.push(peakMiB);
    } finally {
      await engine.stop();
    }
    stage.say(`large round ${round} of ${stage.rounds}`);
  }
  return [row('apply-10000', 's', median(seconds)), row('apply-10000-memory', 'MiB', median(peaks))];
}
