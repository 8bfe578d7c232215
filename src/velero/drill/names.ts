import type { EngineContext } from '../../domain/step-engine.ts';
import type { ObjectRef } from '../../domain/kubernetes-api.ts';
import { runKey, DRILL, DRILL_STEP } from '../backup/objects.ts';

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
