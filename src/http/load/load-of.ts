import { durationMs } from '../../domain/duration.ts';
import type { LoadSpec } from '../../domain/kinds/load.ts';
import type { Load } from '../../domain/load/load.ts';
import type { Resolved } from '../../domain/reference.ts';

/** A load as a step declares it. */
export function loadOf(spec: Resolved<LoadSpec>): Load {
  const { stages, connections, reuse, timeout, status, thresholds, abortOnFail, abortFrom } = spec;
  return {
    stages: stages.map(({ from, rate, for: time }) => ({ from: from ?? rate, to: rate, ms: durationMs(time) })),
    ...{ connections, reuse, timeoutMs: durationMs(timeout), status },
    thresholds: {
      latency: thresholds.latency.map(({ percentile, atMost }) => ({ percentile, atMostMs: durationMs(atMost) })),
      errors: thresholds.errors,
    },
    abortFromMs: abortOnFail ? durationMs(abortFrom) : null,
  };
}
