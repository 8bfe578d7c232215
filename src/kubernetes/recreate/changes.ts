import type { Change } from '../../domain/change.ts';
import type { KubernetesRecreateSpec } from '../../domain/kinds/kubernetes-recreate.ts';
import { labelOf } from '../identity.ts';
import { changeOf, linesOf } from '../plan/planned.ts';
import type { Move, Victim } from '../playbooks/playbook.ts';
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
