import type { Change } from '../../domain/change.ts';
import type { KubernetesRecreateSpec } from '../../domain/kinds/kubernetes-recreate.ts';
import type { ObjectRef } from '../../domain/kubernetes-api.ts';
import { labelOf } from '../identity.ts';
import { changeOf, linesOf } from '../plan/planned.ts';
import { intentRef } from '../playbooks/intent.ts';
import { copyName } from '../playbooks/moving.ts';
import type { Move, Victim } from '../playbooks/playbook.ts';
import type { Doing } from '../preflight/rights.ts';
import type { Looked } from './live-to-recreate.ts';

const FATE: Readonly<Record<Victim['propagation'], string>> = {
  Background: 'deleted and made again',
  Foreground: 'deleted with everything that it owns, then made again',
  Orphan: 'deleted without what it owns, then made again',
};

/** What people read: exactly which objects go, and what is lost with them. */
export function changesOf(
  { planned, recreation, going, sweep }: Looked,
  spec: KubernetesRecreateSpec,
): readonly Change[] {
  const { object, remove, resize, moves } = recreation;
  const own = moves.find(({ ref }) => labelOf(ref) === planned.declared.label);
  const victims = new Map([...remove, ...recreation.sweep].map((victim) => [victim.uid, victim]));
  const others = going.filter(({ uid }) => uid !== object?.uid && uid !== planned.live?.metadata.uid);
  return [
    ...resize.map(({ ref, from, to }): Change => ({
      action: 'update',
      what: labelOf(ref),
      destructive: false,
      detail: [`spec.resources.requests.storage: ${from} -> ${to}`],
    })),
    ...moves.filter((one) => one !== own).map(moveChange),
    object === null
      ? own
        ? moveChange(own)
        : changeOf(planned, spec.force)
      : {
          action: 'replace',
          what: planned.declared.label,
          destructive: object.destructive,
          detail: [FATE[object.propagation], ...object.lines, ...linesOf(planned)],
        },
    ...[...others, ...sweep].map(({ ref, uid }): Change => {
      const victim = victims.get(uid);
      return {
        action: 'delete',
        what: labelOf(ref),
        // Of what an earlier attempt left behind it is not known any more, so the worst is assumed.
        destructive: victim?.destructive ?? ref.kind === 'PersistentVolumeClaim',
        detail: victim?.lines ?? ['left over by an attempt that was interrupted'],
      };
    }),
  ];
}

/** A gate opens: whoever reads it decides when nothing may use the data. */
function moveChange({ ref, from, to }: Move): Change {
  return {
    action: 'replace',
    what: labelOf(ref),
    destructive: true,
    detail: [
      from === ''
        ? 'its data has been copied by an earlier attempt'
        : `spec.storageClassName: ${from} -> ${to}; its data is copied to a new volume`,
      'its old volume is kept with its data, without a claim (reclaim policy Retain)',
    ],
  };
}

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
