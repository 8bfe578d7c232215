import type { LockState } from '../../contract/messages.ts';
import type { RecordEntry } from '../../domain/record-entry.ts';

/** How many of those who wait are named. */
const NAMED = 5;

/** The lock of a target, for people. */
export function lockLines(target: string, state: LockState | null): readonly string[] {
  if (state === null) return [`${target}: no lock; nobody has asked for it since Temporal knows`];
  const { held, queue, token } = state;
  const more = queue.length - NAMED;
  return [
    `${target}: ${held.length === 0 ? 'free' : 'held'}, last token ${String(token)}`,
    ...held.map(({ holder, deadline }) => `  held by ${holder.workflowId} until ${at(deadline)}`),
    ...queue.slice(0, NAMED).map(({ holder }) => `  waits: ${holder.workflowId}`),
    ...(more > 0 ? [`  and ${String(more)} more wait`] : []),
  ];
}

/** What was healed of the locks of a rollout's targets, by the record. */
export function healingLines(entries: readonly RecordEntry[]): readonly string[] {
  return entries.flatMap(({ time, body }) => {
    if (body.type !== 'heal' || (!body.done && body.denial === null)) return [];
    const { target, by, verified, comment, denial, faults } = body;
    const who = `${by}${verified ? ' (signed)' : ''}${comment === '' ? '' : `: ${comment}`}`;
    const what = denial === null ? (faults.length === 0 ? 'found nothing wrong' : 'healed') : `was refused: ${denial}`;
    return [`${time} ${target}, by ${who}: ${what}`, ...faults.map((fault) => `  ${fault}`)];
  });
}

/** Anybody can ask for a lease of any length. */
function at(ms: number): string {
  return Math.abs(ms) < 8e15 ? new Date(ms).toISOString() : `${String(ms)} ms`;
}
