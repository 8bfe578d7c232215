import type { KindRef, KubernetesApi, ObjectRef } from '../../domain/kubernetes-api.ts';
import { textAt } from '../values.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import { journalOf, readJournal, writeJournal, type Journal } from './journal.ts';

const SECRET: KindRef = { apiVersion: 'v1', kind: 'Secret' };
/** On what was written down of a scheduled backup: the schedule, and the drill that will ask for it. */
const WITNESS_OF = 'windlass.dev/witness-of';
const WITNESS_FOR = 'windlass.dev/witness-for';

/** What a backup of a schedule must hold, written down when it was made: a journal with a backup. */
export interface WitnessRecord {
  readonly ref: ObjectRef;
  readonly backup: string;
  readonly nonce: string;
  readonly parts: Journal['parts'];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * What a drill has of its schedule, the newest first.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does; Error of zlib or SyntaxError when somebody damaged a record.
 */
export async function witnessRecords(
  api: KubernetesApi,
  { namespace, name }: VeleroDrillSpec,
  schedule: string,
  signal: AbortSignal,
): Promise<readonly WitnessRecord[]> {
  const labelSelector = `${WITNESS_OF}=${schedule},${WITNESS_FOR}=${name}`;
  const found = await api.list(SECRET, { namespace, labelSelector, signal });
  const records = found.flatMap((object): WitnessRecord[] => {
    const journal = journalOf({ ...object, ...SECRET });
    if (journal?.backup === undefined || journal.backup === null) return [];
    const { nonce, backup, parts } = journal;
    const at = Date.parse(textAt(object.metadata, 'creationTimestamp') ?? '') || 0;
    return [{ ref: { ...SECRET, namespace, name: object.metadata.name }, backup, nonce, parts, at }];
  });
  return records.sort((a, b) => b.at - a.at);
}

/**
 * What a witness wrote down that this backup must hold; null when nobody did.
 *
 * @throws WindlassFailure as `readJournal` does.
 */
export async function witnessRecord(
  api: KubernetesApi,
  spec: VeleroDrillSpec,
  backup: string,
  signal: AbortSignal,
): Promise<Journal | null> {
  return readJournal(api, recordRef(spec, backup), signal);
}

/**
 * Keeps what a backup of a schedule must hold, for the drill that will restore it.
 *
 * @throws WindlassFailure as `KubernetesApi.apply` does.
 */
export async function writeWitnessRecord(
  api: KubernetesApi,
  spec: VeleroDrillSpec,
  schedule: string,
  record: Journal & { readonly backup: string },
  signal: AbortSignal,
): Promise<void> {
  const labels = {
    'app.kubernetes.io/managed-by': 'windlass',
    [WITNESS_OF]: schedule,
    [WITNESS_FOR]: spec.name,
  };
  await writeJournal(api, recordRef(spec, record.backup), labels, record, signal);
}

function recordRef({ namespace, name }: VeleroDrillSpec, backup: string): ObjectRef {
  return { ...SECRET, namespace, name: `windlass-witness-${name}-${backup}` };
}
