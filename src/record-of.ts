import type { Config } from './config.ts';
import { policyOfFile } from './policy/worker-policy.ts';
import { openRecord, type RunRecord } from './record/record.ts';
import { openStore } from './store/open.ts';

/** The record that settings name. Where they name a policy with keys of workers, what these have not sealed does not read. */
export function recordOf({ store, policy: file }: Pick<Config, 'store' | 'policy'>): RunRecord {
  const policy = file === null ? null : policyOfFile(file);
  const seals = policy === null ? {} : { workersOf: (environment: string) => policy.workersOf(environment) };
  return openRecord(openStore(store.url, store.s3), seals);
}
