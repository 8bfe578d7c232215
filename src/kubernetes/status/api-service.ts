import { conditionOf, conditionText, progressing, ready, type Judge } from './status.ts';

/** Available: its server answers, or the API server itself serves it. */
export const apiService: Judge = (object) => {
  const available = conditionOf(object, 'Available');
  if (available === null) return progressing('nobody has looked whether its server answers yet');
  return available.status === 'True'
    ? ready(conditionText('Available', available))
    : progressing(conditionText('Available', available));
};
