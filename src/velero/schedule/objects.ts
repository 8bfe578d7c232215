import type { VeleroScheduleSpec } from '../../domain/kinds/velero-schedule.ts';
import type { KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import { templateOf } from '../backup/template.ts';

/** Velero's own label on the backups of a schedule. */
export const SCHEDULE_LABEL = 'velero.io/schedule-name';

export function scheduleRef({ namespace, name }: VeleroScheduleSpec): ObjectRef {
  return { apiVersion: 'velero.io/v1', kind: 'Schedule', namespace, name };
}

export function scheduleObject(spec: VeleroScheduleSpec): KubernetesObject {
  const { apiVersion, kind, namespace = '', name } = scheduleRef(spec);
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'windlass' } },
    spec: { schedule: spec.schedule, paused: spec.paused, template: templateOf(spec) },
  };
}
