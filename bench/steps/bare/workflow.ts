import { proxyActivities } from '@temporalio/workflow';
import type { BareActivities } from './activities.ts';

const { request } = proxyActivities<BareActivities>({ startToCloseTimeout: '1 minute' });

/** As many activities as a rollout of these steps has, some for each step one after the other, the steps side by side. */
export async function bare(steps: number, activities: number): Promise<void> {
  await Promise.all(
    Array.from({ length: steps }, async (_, step) => {
      const own = Math.floor(activities / steps) + (step < activities % steps ? 1 : 0);
      for (let n = 0; n < own; n += 1) await request(step);
    }),
  );
}
