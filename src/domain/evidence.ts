import type { Json } from './json.ts';

/** How a fact was had. A readiness of simulated pods is `simulated`, a replacement artifact is `stand-in`. */
export type EvidenceHow = 'real' | 'simulated' | 'stand-in';

/** One fact found by an engine. The activity adds which run and step it belongs to. */
export interface Finding {
  /** What it is about: `Deployment platform/api`, `database dolphinscheduler`. */
  readonly subject: string;
  /** What is claimed: `ready with 6 of 6 replicas`, `54 tables like t_ds_%`. */
  readonly claim: string;
  readonly holds: boolean;
  readonly how: EvidenceHow;
  /** Where it was seen: an API path, a query, a file. */
  readonly source: string;
  /** What was seen, free of secrets. */
  readonly observed?: Json;
  /** ISO 8601 in UTC. */
  readonly time: string;
}
