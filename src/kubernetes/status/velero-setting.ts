import { read, readText, readTexts } from '../../domain/json-fields.ts';
import { failed, progressing, ready, type Judge } from './status.ts';

/** Where backups go: Velero tries it again by itself, so an unavailable one may still become available. */
export const veleroLocation: Judge = (object) => {
  const phase = readText(object, 'status', 'phase') ?? '';
  if (phase === 'Available' || phase === 'Ready') return ready(phase.toLowerCase());
  const message = readText(object, 'status', 'message') ?? '';
  return progressing(`${phase === '' ? 'not looked at yet' : `phase ${phase}`}${message === '' ? '' : `: ${message}`}`);
};

/** A schedule that Velero has accepted, or that is declared as paused. */
export const veleroSchedule: Judge = (object) => {
  const phase = readText(object, 'status', 'phase') ?? '';
  if (phase === 'FailedValidation') {
    const errors = readTexts(object, 'status', 'validationErrors');
    return failed(`not accepted: ${errors.join('; ')}`);
  }
  if (read(object, 'spec', 'paused') === true) return ready('paused, as declared');
  return phase === 'Enabled' ? ready('enabled') : progressing(phase === '' ? 'not accepted yet' : `phase ${phase}`);
};
