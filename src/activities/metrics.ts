import type { Context } from '@temporalio/activity';

/**
 * One histogram for all step kinds, in milliseconds, tagged with kind, verb and outcome; served beside the SDK's own
 * metrics by the worker.
 */
export function measured(
  activity: Context,
  tags: { readonly kind: string; readonly verb: string; readonly outcome: string },
  ms: number,
): void {
  activity.metricMeter
    .createHistogram('windlass_step_duration', 'int', 'ms', 'Duration of one attempt of a step activity')
    .record(Math.round(ms), { ...tags });
}
