import type { Json } from '../../domain/json.ts';
import { readList, readText } from '../../domain/json-fields.ts';
import { REAL_NODE } from '../node/names.ts';
import { INPUTS_FOUND } from './mark.ts';
import { referencesOf, type Reference } from './references.ts';
import type { Verdict } from './verdict.ts';

/** A pod on a simulated node that was not let up yet. */
export interface WaitingPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly references: readonly Reference[];
  /** Its first container, which events speak of. */
  readonly container: string;
  /** Whether its containers are started again when they end. */
  readonly restarts: boolean;
  /** What its mark says; undefined before it has one. */
  readonly told: Verdict | undefined;
}

/** The pod, or null when nobody has to judge it: not scheduled, ended, let up already, or given nothing. */
export function waitingPod(pod: Json): WaitingPod | null {
  const node = readText(pod, 'spec', 'nodeName');
  const phase = readText(pod, 'status', 'phase');
  // A real kubelet finds out by itself.
  if (node === undefined || node === REAL_NODE || phase === 'Succeeded' || phase === 'Failed') return null;
  if (readText(pod, 'metadata', 'deletionTimestamp') !== undefined) return null;
  const mark = readList(pod, 'status', 'conditions').find((condition) => readText(condition, 'type') === INPUTS_FOUND);
  if (readText(mark, 'status') === 'True') return null;
  const references = referencesOf(pod);
  if (references.length === 0) return null;
  return {
    namespace: readText(pod, 'metadata', 'namespace') ?? '',
    name: readText(pod, 'metadata', 'name') ?? '',
    uid: readText(pod, 'metadata', 'uid') ?? '',
    node,
    references,
    container: readText(readList(pod, 'spec', 'containers')[0], 'name') ?? '',
    restarts: readText(pod, 'spec', 'restartPolicy') !== 'Never',
    told: toldBy(mark),
  };
}

function toldBy(mark: Json | undefined): Verdict | undefined {
  const [obstacle, message] = [readText(mark, 'reason'), readText(mark, 'message')];
  return mark === undefined ? undefined : ({ obstacle, message } as Verdict);
}
