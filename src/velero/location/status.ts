import { durationMs } from '../../domain/duration.ts';
import type { VeleroLocationSpec } from '../../domain/kinds/velero-location.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { textAt } from '../values.ts';

/** What Velero says of a location. */
export interface LocationStatus {
  /** Null until Velero has looked at it for the first time. */
  readonly phase: string | null;
  /** ISO 8601 in UTC, in whole seconds of Velero's clock; null until it has looked. */
  readonly validated: string | null;
  readonly message: string;
}

export const UNSEEN: LocationStatus = { phase: null, validated: null, message: '' };

export function statusOf(object: KubernetesObject | null): LocationStatus {
  const status = object?.status;
  return {
    phase: textAt(status, 'phase'),
    validated: textAt(status, 'lastValidationTime'),
    message: textAt(status, 'message') ?? '',
  };
}

/** How late a validation may be before nobody seems to look any more; Velero looks around every 10 s. */
const LATENESS_MS = 60_000;

/** Whether Velero still looks at the location: what it said last does not tell when it has stopped. */
export function isRecent(status: LocationStatus, spec: VeleroLocationSpec, now: number): boolean {
  if (status.validated === null) return false;
  return now - Date.parse(status.validated) <= 2 * durationMs(spec.validationFrequency) + LATENESS_MS;
}
