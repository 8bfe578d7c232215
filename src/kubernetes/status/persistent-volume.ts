import { readText } from '../../domain/json-fields.ts';
import { failed, progressing, ready, type Judge } from './status.ts';

/** Usable or in use. A volume that was released and is retained holds somebody's data: it takes no claim by itself. */
export const persistentVolume: Judge = (object) => {
  const phase = readText(object, 'status', 'phase') ?? 'Pending';
  if (phase === 'Available' || phase === 'Bound') return ready(`phase ${phase}`);
  if (phase === 'Failed') return failed(readText(object, 'status', 'message') ?? 'phase Failed');
  if (phase === 'Released' && readText(object, 'spec', 'persistentVolumeReclaimPolicy') === 'Retain')
    return failed('phase Released: it keeps the data of a former claim, and takes a new one only without its claimRef');
  return progressing(`phase ${phase}`);
};
