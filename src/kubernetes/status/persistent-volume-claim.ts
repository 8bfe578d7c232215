import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readObject, readText } from '../../domain/json-fields.ts';
import { conditionOf, conditionText, failed, progressing, ready, type Judge } from './status.ts';

/** Changes of a bound claim that are under way, by condition. */
const UNDER_WAY = ['Resizing', 'FileSystemResizePending', 'ModifyingVolume'];
const REFUSED = ['ControllerResizeError', 'NodeResizeError', 'ModifyVolumeError'];

/**
 * Bound, and of the size asked for. A claim whose storage class waits for its first consumer stays pending until a pod
 * uses it, which its own fields do not tell: see `unusedClaim` in the wait.
 */
export const persistentVolumeClaim: Judge = (object) => {
  const phase = readText(object, 'status', 'phase') ?? 'Pending';
  if (phase === 'Lost') return failed('its volume is lost');
  if (phase !== 'Bound') return progressing(`phase ${phase}`);
  const infeasible = infeasibleChange(object);
  if (infeasible !== null) return failed(infeasible);
  for (const type of [...REFUSED, ...UNDER_WAY]) {
    const condition = conditionOf(object, type);
    if (condition?.status === 'True') return progressing(conditionText(type, condition));
  }
  return ready(`bound to ${readText(object, 'spec', 'volumeName') ?? 'a volume'}`);
};

function infeasibleChange(object: KubernetesObject): string | null {
  const resizes = Object.values(readObject(object, 'status', 'allocatedResourceStatuses'));
  const resize = resizes.find((status) => typeof status === 'string' && status.endsWith('Infeasible'));
  if (typeof resize === 'string') return `its volume cannot be resized as asked (${resize})`;
  if (readText(object, 'status', 'modifyVolumeStatus', 'status') !== 'Infeasible') return null;
  const target = readText(object, 'status', 'modifyVolumeStatus', 'targetVolumeAttributesClassName') ?? '';
  return `its volume cannot be changed to the attributes class ${target}`;
}
