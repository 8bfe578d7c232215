import type { Graces, Suspicion } from '../suspicion.ts';
import type { ContainerReport } from './containers.ts';

/** What a kubelet says of a container that waits: of its image, or of how it is to be made. */
const HOPELESS = new Set(['InvalidImageName', 'ErrImageNeverPull']);
const TRYING = new Set([
  'ImagePullBackOff',
  'ErrImagePull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);
const UNMAKEABLE = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
  'RunContainerError',
]);

/** An image that cannot be had. Pulling alternates between an error and its back-off: one trouble, one key. */
export function imageVerdict({ about, waiting, message }: ContainerReport, graces: Graces): Suspicion[] {
  if (HOPELESS.has(waiting)) return [{ ...about, reason: waiting, message, graceMs: graces.hopelessMs }];
  if (TRYING.has(waiting)) return [{ ...about, reason: waiting, message, graceMs: graces.imageMs }];
  return [];
}

/** A container that cannot be made as declared: a missing Secret, ConfigMap or key, a command that is not there. */
export function containerConfigVerdict({ about, waiting, message }: ContainerReport, graces: Graces): Suspicion[] {
  return UNMAKEABLE.has(waiting) ? [{ ...about, reason: waiting, message, graceMs: graces.configMs }] : [];
}
