import type { Client } from '@temporalio/client';
import type { Bundle } from '../domain/bundle.ts';
import type { BundleFiles } from '../domain/step-engine.ts';
import type { RunRecord } from '../record/record.ts';
import type { Callers } from './callers.ts';
import type { GateWatcher } from './gate-watcher.ts';
import type { WorkerPolicy } from '../policy/worker-policy.ts';

/** What activities work with; the worker makes it, tests make their own. */
export interface ActivityDeps {
  /** Opens a stored bundle, verified against its digest. */
  readonly openBundle: (digest: string) => Promise<{ readonly bundle: Bundle; readonly files: BundleFiles }>;
  readonly record: Pick<RunRecord, 'append' | 'read' | 'firstUse'>;
  readonly policy: WorkerPolicy;
  readonly callers: Callers;
  /** The names of the backups that are proven on the cluster which a drill (`PHASE/STEP`) of a bundle is for. */
  readonly provenThere: (bundle: Bundle, drill: string) => Promise<ReadonlySet<string>>;
  /** The variables that references name. */
  readonly env: NodeJS.ProcessEnv;
  /** Reaches target locks and asks whether workflows are open. */
  readonly client: Client;
  readonly taskQueue: string;
  readonly watcher: Pick<GateWatcher, 'watch'>;
  /** How long a worker may be silent, in milliseconds; absent for as long as workflows think right. */
  readonly silenceMs?: number;
  /** After how many events of its history a rollout continues as a new run; absent for as many as workflows think right. */
  readonly continueAfter?: number;
}
