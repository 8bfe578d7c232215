import { readNumber, readText, readTexts } from '../../domain/json-fields.ts';
import { failed, progressing, ready, type Judge } from './status.ts';

/** Phases in which work has ended badly; `PartiallyFailed` is no success, since something is missing. */
const BAD = new Set(['FailedValidation', 'PartiallyFailed', 'Failed', 'Canceled', 'Unavailable']);

/**
 * What Velero does once and comes to an end with: Backup, Restore, and the movements of data below them. A phase that
 * is not known here (later versions add some) counts as under way.
 */
export const veleroWork: Judge = (object) => {
  const phase = readText(object, 'status', 'phase') ?? '';
  if (phase === 'Completed') {
    const warnings = readNumber(object, ['status', 'warnings'], 0);
    return ready(warnings === 0 ? 'completed' : `completed with ${String(warnings)} warnings`);
  }
  if (!BAD.has(phase)) return progressing(phase === '' ? 'not begun yet' : `phase ${phase}`);
  const errors = readNumber(object, ['status', 'errors'], 0);
  const why = [
    ...readTexts(object, 'status', 'validationErrors'),
    readText(object, 'status', 'failureReason') ?? readText(object, 'status', 'message') ?? '',
    errors === 0 ? '' : `${String(errors)} errors`,
  ];
  return failed([`phase ${phase}`, ...why.filter((word) => word !== '')].join(', '));
};
