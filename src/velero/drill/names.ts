import type { EngineContext } from '../../domain/step-engine.ts';
import type { ObjectRef } from '../../domain/kubernetes-api.ts';
import { runKey } from '../backup/objects.ts';

/** On everything that a drill makes: which run made it. What does not carry it is never deleted by a drill. */
export const DRILL = 'windlass.dev/drill';
/** Which step made it: a run sweeps away what an earlier run of the same step was too dead to. */
export const DRILL_STEP = 'windlass.dev/drill-step';
/** When it was proven, ISO 8601 in UTC. */
export const PROVEN_AT = 'windlass.dev/proven-at';

/** Which drill came to its verdict. */
export const DRILLED_BY = 'windlass.dev/drilled-by';

/** How long restoring and comparing took, in seconds. */
export const RESTORE_SECONDS = 'windlass.dev/restore-seconds';

/** Names one run of a drill, and the step whose drill it is; 12 hex digits each. */
export interface DrillKeys {
  readonly run: string;
  readonly step: string;
}

export function drillKeys(owner: EngineContext['owner']): DrillKeys {
  return { run: runKey(owner), step: runKey({ ...owner, run: '' }) };
}

export function drillLabels({ run, step }: DrillKeys): Record<string, string> {
  return { 'app.kubernetes.io/managed-by': 'windlass', [DRILL]: run, [DRILL_STEP]: step };
}

const LONGEST = 63;

/** The namespaces that a drill restores into, by the namespace they stand for. */
export function scratchNamespaces(key: string, namespaces: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    namespaces.map((namespace, index) => [
      namespace,
      `drill-${key}-${String(index)}-${namespace}`.slice(0, LONGEST).replace(/-+$/, ''),
    ]),
  );
}

/** Where a drill keeps what must survive its worker. */
export function journalRef(namespace: string, { run }: DrillKeys): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name: drillName(run) };
}

/** The Restore, the rules for it and the journal share a name. */
export function drillName(key: string): string {
  return `windlass-drill-${key}`;
}

/** Whether an object of this name was planted by a drill, to be found again in the restore. */
export function isSentinel(name: string): boolean {
  return name.startsWith('windlass-sentinel-');
}
