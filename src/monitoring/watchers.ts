import type { MonitoringVerifySpec } from '../domain/kinds/monitoring-verify.ts';
import type { Resolved } from '../domain/reference.ts';
import type { ServerConnection } from '../http/server-url.ts';

export type VerifySpec = Resolved<MonitoringVerifySpec>;

/** The servers that a step asks. */
export interface Watchers {
  readonly metrics: ServerConnection;
  /** Null where the step names none. */
  readonly evaluator: ServerConnection | null;
  readonly alertmanager: ServerConnection | null;
  /** `host:port` where this worker hears of test alerts; undefined where it does nowhere. */
  readonly receiver: string | undefined;
}
