import type { KubernetesObject } from '../../../domain/kubernetes-api.ts';
import { readText } from '../../../domain/json-fields.ts';
import { conditionOf } from '../../status/status.ts';
import type { Graces, Suspicion } from '../suspicion.ts';

/** Evicted pods stay as objects; one or two are history, more are a pattern. */
const OFTEN = 3;

/** A workload whose pods are evicted again and again: their replacements do not stay either. */
export function evictionVerdict(pods: readonly KubernetesObject[], graces: Graces): Suspicion[] {
  const evicted = pods.filter(isEvicted);
  const last = evicted.at(-1);
  if (last === undefined || evicted.length < OFTEN) return [];
  const why = conditionOf(last, 'DisruptionTarget')?.message ?? readText(last, 'status', 'message') ?? '';
  const message = `${String(evicted.length)} pods were evicted, the last one: ${readText(last, 'status', 'message') ?? why}`;
  return [{ key: 'eviction', pod: last.metadata.name, reason: 'Evicted', message, graceMs: graces.nodeMs }];
}

function isEvicted(pod: KubernetesObject): boolean {
  if (readText(pod, 'status', 'phase') !== 'Failed') return false;
  return readText(pod, 'status', 'reason') === 'Evicted' || conditionOf(pod, 'DisruptionTarget')?.status === 'True';
}
