import { readText } from '../../domain/json-fields.ts';
import { conditionOf, conditionText, failed, progressing, ready, type Judge } from './status.ts';

/** Running and ready, or done. Why it is not, container by container, is for the stall verdict to say. */
export const pod: Judge = (object) => {
  const phase = readText(object, 'status', 'phase') ?? 'Pending';
  const why = [readText(object, 'status', 'reason'), readText(object, 'status', 'message')]
    .filter((word) => word !== undefined)
    .join(': ');
  if (phase === 'Succeeded') return ready('succeeded');
  if (phase === 'Failed') return failed(why === '' ? 'failed' : why);
  const condition = conditionOf(object, 'Ready');
  if (phase === 'Running' && condition?.status === 'True') return ready('running and ready');
  const scheduled = conditionOf(object, 'PodScheduled');
  if (scheduled?.status === 'False') return progressing(conditionText('PodScheduled', scheduled));
  return progressing(
    condition === null || condition.status === 'True' ? `phase ${phase}` : conditionText('Ready', condition),
  );
};
