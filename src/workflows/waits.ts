import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import { stepPath } from '../domain/names.ts';
import type { RolloutRun } from './rollout-run.ts';

/** Longer than anybody waits: the timers are there to be seen. */
const LONG_MS = 365 * 24 * 3_600_000;

/** What a rollout waits on, each in the words that its timeline shows: open gates and parked steps. */
function waitsOf(run: RolloutRun): ReadonlyMap<string, string> {
  const waits = run.status().phases.flatMap(({ name, steps }) =>
    steps.flatMap((step): [string, string][] => {
      const at = stepPath(name, step.name);
      if (step.gate !== null) return [[`${at} ${step.gate.changeDigest} ${step.gate.openedAt}`, `gate ${at}`]];
      return step.state === 'parked' ? [[`${at} ${String(step.parkings ?? 0)}`, `parked ${at}`]] : [];
    }),
  );
  return new Map(waits);
}

/**
 * Shows in the rollout's timeline what it waits on, from the opening of a gate to its decision: a timer for each, since only what
 * has a beginning and an end of its own is drawn with its name there.
 */
export function showWaits(run: RolloutRun): void {
  const shown = new Map<string, CancellationScope>();
  const show = async () => {
    for (let version = -1; ;) {
      await condition(() => run.version !== version);
      version = run.version;
      const waits = waitsOf(run);
      for (const [wait, scope] of shown) {
        if (waits.has(wait)) continue;
        scope.cancel();
        shown.delete(wait);
      }
      for (const [wait, summary] of waits) {
        if (shown.has(wait)) continue;
        const scope = new CancellationScope({ cancellable: true });
        shown.set(wait, scope);
        void scope.run(() => sleep(LONG_MS, { summary })).catch(() => undefined);
      }
    }
  };
  void CancellationScope.nonCancellable(show);
}
