import { BACKUP } from '../backup/objects.ts';
import { backupStatus } from '../backup/status.ts';
import type { Journal } from './journal.ts';
import type { Drill } from './open.ts';
import type { DrillOutcome, PartOutcome } from './verdict.ts';

/** A backup that is made, and what it must hold by the name of each part. */
export interface Recorded {
  readonly backup: string;
  readonly parts: Journal['parts'];
}

/**
 * Restores and compares, part by part, and times it.
 *
 * @throws WindlassFailure of the part that could not be restored or compared at all; what differs is an outcome. As
 *   `Turn.assert` and `KubernetesApi.get` do.
 */
export async function prove(drill: Drill, { backup, parts: recorded }: Recorded): Promise<DrillOutcome> {
  const { api, spec, context, turn } = drill;
  const began = Date.now();
  const parts: PartOutcome[] = [];
  for (const part of drill.parts) {
    const since = Date.now();
    const state = recorded[part.name];
    if (state === undefined) {
      const faults = [`what the backup must hold of ${part.name} was never recorded`];
      parts.push({ name: part.name, faults, facts: null, ms: 0 });
      continue;
    }
    await turn.assert();
    context.progress({ stage: 'restore', part: part.name });
    const compare = await part.restore(state, backup);
    context.progress({ stage: 'compare', part: part.name });
    parts.push({ name: part.name, ...(await compare()), ms: Date.now() - since });
  }
  const ended = Date.now();
  const found = await api.get({ ...BACKUP, namespace: spec.namespace, name: backup }, { signal: context.signal });
  const started = found === null ? null : backupStatus(found).started;
  return {
    backup,
    refused: [],
    parts,
    restoreMs: ended - began,
    ageMs: started === null ? null : ended - Date.parse(started),
  };
}
