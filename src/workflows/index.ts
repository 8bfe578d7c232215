/** Everything the worker registers as a workflow. Names are part of histories: see `WORKFLOWS` in contract/messages.ts. */
export { drift } from './drift.ts';
export { drill } from './drill.ts';
export { freeze } from './freeze.ts';
export { lockHeal } from './lock-heal.ts';
export { phase } from './phase.ts';
export { readiness } from './readiness.ts';
export { rollout } from './rollout.ts';
export { targetLock } from './target-lock.ts';
