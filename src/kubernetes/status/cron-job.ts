import { read, readText } from '../../domain/json-fields.ts';
import { ready, type Judge } from './status.ts';

/** In force as soon as it is stored. Whether its Jobs succeed is a fact of each Job, not of the schedule. */
export const cronJob: Judge = (object) => {
  if (read(object, 'spec', 'suspend') === true) return ready('suspended, as declared');
  const last = readText(object, 'status', 'lastScheduleTime');
  const schedule = readText(object, 'spec', 'schedule') ?? '';
  return ready(`scheduled (${schedule}), ${last === undefined ? 'not run yet' : `last run at ${last}`}`);
};
