import type { KindRef, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isRead, type Reading } from '../backup/results.ts';
import { onlyApiLost } from '../api-lost.ts';
import { storeTrouble } from '../reason.ts';
import { whyMarked } from '../unsaid.ts';
import { fieldAt, numberAt, textAt, textsAt } from '../values.ts';

export const RESTORE: KindRef = { apiVersion: 'velero.io/v1', kind: 'Restore' };

/** How a restore ended. */
export interface RestoreOutcome {
  readonly phase: string | null;
  readonly items: number;
  /** What speaks against it; empty for a restore that did all it was asked to. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  /** ISO 8601 in UTC. */
  readonly started: string | null;
  /** Why another restore may do what this one did not: Velero was restarted, or lost its object store or the API server. */
  readonly again: string | null;
}

const FINAL: ReadonlySet<string> = new Set(['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation']);
const ORPHANED = /found a restore with status "?\w+"? during the server starting/;
const QUOTED = 5;

/** Whether Velero will do nothing more about the restore. */
export function isRestoreFinal({ status }: KubernetesObject): boolean {
  return FINAL.has(textAt(status, 'phase') ?? '');
}

/** Judges a restore by all that is known of it. Null when somebody deleted it. */
export function judgeRestore(restore: KubernetesObject | null, results: Reading): RestoreOutcome {
  const status = restore?.status;
  const phase = textAt(status, 'phase');
  const reason = textAt(status, 'failureReason');
  const errors = numberAt(status, 'errors');
  const quoted = isRead(results) ? results.errors.slice(0, QUOTED) : [];
  const why = [reason ?? '', ...textsAt(status, 'validationErrors')].filter((text) => text !== '');
  return {
    phase,
    items: numberAt(fieldAt(status, 'progress'), 'itemsRestored'),
    faults: [
      ...(restore === null ? ['somebody deleted the restore'] : []),
      ...(restore !== null && phase !== 'Completed'
        ? [`the restore is ${phase ?? 'not begun'}${why.length === 0 ? '' : `: ${why.join('; ')}`}`]
        : []),
      ...(errors > 0 ? [`the restore had ${String(errors)} errors`] : []),
      ...quoted.map((text) => `restore error ${text}`),
    ],
    warnings: isRead(results) ? results.warnings.slice(0, QUOTED) : [],
    started: textAt(status, 'startTimestamp'),
    again: ORPHANED.test(reason ?? '')
      ? 'Velero was restarted while it restored'
      : onlyApiLost(results)
        ? 'Velero lost the API server while it restored'
        : (whyMarked(reason) ?? troubleOf(phase, reason)),
  };
}

function troubleOf(phase: string | null, reason: string | null): string | null {
  const trouble = phase === 'Failed' ? storeTrouble(reason ?? '') : null;
  return trouble === null ? null : `Velero failed at its object store while it restored: ${trouble.why}`;
}
