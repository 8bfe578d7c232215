import type { KubernetesRecreateSpec } from '../../domain/kinds/kubernetes-recreate.ts';
import type { ObjectRef } from '../../domain/kubernetes-api.ts';
import { copyName } from '../playbooks/moving.ts';
import type { Doing } from '../preflight/rights.ts';
import { intentRef } from '../playbooks/intent.ts';
import type { Looked } from './live-to-recreate.ts';

/** All that is about to be done: an object that may be deleted and not made again must not be deleted. */
export function doingsOf(
  { of, planned, recreation, going, sweep, intent }: Looked,
  spec: KubernetesRecreateSpec,
): readonly Doing[] {
  const { ref } = planned.declared;
  const { moves, resize } = recreation;
  const makes = planned.action !== 'unchanged' || going.length > 0;
  const notes = going.length > 0 || intent !== null || ('token' in spec && spec.token !== undefined);
  const copies = moves.map((move): ObjectRef => ({ ...move.ref, name: copyName(move.ref) }));
  const jobs = copies.map((copy): ObjectRef => ({ ...copy, apiVersion: 'batch/v1', kind: 'Job' }));
  const volumes = moves.map(({ ref: { name } }): ObjectRef => ({ apiVersion: 'v1', kind: 'PersistentVolume', name }));
  return [
    { verbs: ['delete'], objects: [...going, ...sweep].map((one) => one.ref) },
    { verbs: ['create', 'patch'], objects: [...(makes ? [ref] : []), ...(notes ? [intentRef(of)] : [])] },
    { verbs: ['patch'], objects: resize.map((one) => one.ref) },
    { verbs: ['create', 'patch', 'delete'], objects: [...copies, ...jobs] },
    { verbs: ['create', 'delete'], objects: moves.map((one) => one.ref) },
    { verbs: ['patch'], objects: volumes },
  ];
}
