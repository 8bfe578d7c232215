import { scheduleRef, type VeleroScheduleSpec } from '../../domain/kinds/velero-schedule.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { templateOf } from '../backup/template.ts';

/** Velero's own label on the backups of a schedule. */
export const SCHEDULE_LABEL = 'velero.io/schedule-name';

export function scheduleObject(spec: VeleroScheduleSpec): KubernetesObject {
  const { apiVersion, kind, namespace = '', name } = scheduleRef(spec);
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'windlass' } },
    spec: { schedule: spec.schedule, paused: spec.paused, template: templateOf(spec) },
  };
}
