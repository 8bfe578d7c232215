import { beyond } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';
import { onlyApiLost } from '../api-lost.ts';
import { storeTrouble } from '../reason.ts';
import { whyMarked } from '../unsaid.ts';
import { allErrorsAre, isRead, type Reading } from './results.ts';
import type { BackupStatus } from './status.ts';

/** Whether a backup is good, and if not, everything that speaks against it. */
export interface BackupVerdict {
  readonly good: boolean;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  /** Whether making the backup anew can help: what went wrong lies outside of what is backed up. */
  readonly again: boolean;
  /** Whether all that went wrong is that kinds which Velero wanted to list are gone: see `goneResources`. */
  readonly kindsGone: boolean;
}

/** How many messages of a kind are quoted. */
const QUOTED = 5;
/** Velero's words when it finds, at its start, a backup that an earlier process of its was making. */
const ORPHANED = /found a backup with status "?\w+"? during the server starting/;
const NOT_SERVED =
  /Error (listing (resources|items)|getting items for resource) .*could not find the requested resource/;

/**
 * Judges a backup by all that is known of it, since `Completed` alone says little: a backup of nothing is Completed too.
 *
 * @param results what the file in the bucket says; `not read` where only the status is to be judged.
 */
export function judgeBackup(status: BackupStatus, results: Reading): BackupVerdict {
  const faults = [...phaseFaults(status), ...countFaults(status), ...resultFaults(results)];
  const orphaned = ORPHANED.test(status.failureReason ?? '');
  const trouble = status.phase === 'Failed' && storeTrouble(status.failureReason ?? '') !== null;
  const marked = whyMarked(status.failureReason) !== null;
  const kindsGone = allErrorsAre(NOT_SERVED, results);
  return {
    good: faults.length === 0,
    faults: orphaned ? ['Velero was restarted while it made the backup', ...faults] : faults,
    warnings: isRead(results) ? results.warnings.slice(0, QUOTED) : [],
    again: orphaned || marked || status.phase === 'FailedValidation' || trouble || kindsGone || onlyApiLost(results),
    kindsGone,
  };
}

function phaseFaults({ phase, failureReason, validationErrors, completed }: BackupStatus): string[] {
  if (phase !== 'Completed') {
    const why = [failureReason ?? '', ...validationErrors].filter((text) => text !== '');
    return [`it is ${phase ?? 'not begun'}${why.length === 0 ? '' : `: ${why.join('; ')}`}`];
  }
  return completed === null ? ['it has no completion time'] : [];
}

function countFaults({ phase, errors, totalItems, itemsBackedUp, volumesMissing }: BackupStatus): string[] {
  if (phase === 'FailedValidation') return [];
  return [
    ...(errors > 0 ? [`${String(errors)} errors`] : []),
    ...(totalItems === 0 ? ['it holds nothing'] : []),
    ...(itemsBackedUp === totalItems ? [] : [`${String(itemsBackedUp)} of ${String(totalItems)} items are in it`]),
    ...(volumesMissing > 0 ? [`${String(volumesMissing)} volume operations did not complete`] : []),
  ];
}

function resultFaults(results: Reading): string[] {
  if (results === 'not read') return [];
  if (results === null) return ['its results file is not in the bucket'];
  if (results === 'unreadable') return ['its results file cannot be read'];
  if (results === 'too large') return [`its results file ${beyond(LIMITS.unpacked)}`];
  // Kinds that are gone can be many, and hide the one error that somebody can mend.
  const gone = results.errors.filter((text) => NOT_SERVED.test(text));
  const others = results.errors.filter((text) => !NOT_SERVED.test(text));
  return [...others, ...gone].slice(0, QUOTED).map((text) => `error ${text}`);
}
