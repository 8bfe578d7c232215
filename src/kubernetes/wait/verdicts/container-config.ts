import type { Graces, Suspicion } from '../suspicion.ts';
import type { ContainerReport } from './containers.ts';

const REASONS = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
  'RunContainerError',
]);

/** A container that cannot be made as declared: a missing Secret, ConfigMap or key, a command that is not there. */
export function containerConfigVerdict({ about, waiting, message }: ContainerReport, graces: Graces): Suspicion[] {
  return REASONS.has(waiting) ? [{ ...about, reason: waiting, message, graceMs: graces.configMs }] : [];
}
