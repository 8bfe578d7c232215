import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { jsonIn, readList } from '../../domain/json-fields.ts';
import {
  conditionAmong,
  conditionOf,
  conditionText,
  isStale,
  progressing,
  ready,
  STALE,
  statusCount,
  type Condition,
  type Judge,
} from './status.ts';

/**
 * It finds its target and reads its metrics. Scaling that is off because the target has zero replicas is off on purpose;
 * a limit that is reached (`ScalingLimited`) is what limits are for.
 */
export const horizontalPodAutoscaler: Judge = (object) => {
  if (isStale(object, false)) return STALE;
  const able = scalingCondition(object, 'AbleToScale');
  const active = scalingCondition(object, 'ScalingActive');
  if (able === null) return progressing('it has not looked at its target yet');
  if (able.status !== 'True') return progressing(conditionText('AbleToScale', able));
  if (active?.reason === 'ScalingDisabled') return ready('its target has zero replicas, so it does not scale it');
  if (active === null) return progressing('it has not read its metrics yet');
  if (active.status !== 'True') return progressing(conditionText('ScalingActive', active));
  return ready(`scales, ${counts(object)}`);
};

/** Version 1 has no place for conditions: the API server gives them as JSON in an annotation there. */
function scalingCondition(object: KubernetesObject, type: string): Condition | null {
  const annotated = object.metadata.annotations?.['autoscaling.alpha.kubernetes.io/conditions'];
  if (annotated === undefined) return conditionOf(object, type);
  return conditionAmong(readList(jsonIn(annotated)), type, object.metadata.generation ?? 0);
}

function counts(object: KubernetesObject): string {
  return `${String(statusCount(object, 'currentReplicas'))} of ${String(statusCount(object, 'desiredReplicas'))} replicas`;
}
