import type { Graces, Suspicion } from '../suspicion.ts';
import type { ContainerReport } from './containers.ts';

const HOPELESS = new Set(['InvalidImageName', 'ErrImageNeverPull']);
const TRYING = new Set([
  'ImagePullBackOff',
  'ErrImagePull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/** An image that cannot be had. Pulling alternates between an error and its back-off: one trouble, one key. */
export function imageVerdict({ about, waiting, message }: ContainerReport, graces: Graces): Suspicion[] {
  if (HOPELESS.has(waiting)) return [{ ...about, reason: waiting, message, graceMs: graces.hopelessMs }];
  if (TRYING.has(waiting)) return [{ ...about, reason: waiting, message, graceMs: graces.imageMs }];
  return [];
}
