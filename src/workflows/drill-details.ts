import { freshnessWords } from '../domain/drill/freshness.ts';
import { verdictLine } from '../domain/drill/verdict.ts';
import { formatDuration } from '../domain/duration.ts';
import { failureLine } from '../domain/failure.ts';
import { short } from '../domain/gate.ts';
import { stepPath } from '../domain/names.ts';
import { visible } from '../domain/visible.ts';
import type { DrillStatus } from '../contract/messages.ts';

const TITLES: Readonly<Record<DrillStatus['mode'], string>> = {
  drill: 'Drill',
  witness: 'Witness for',
  freshness: 'Freshness of',
};

/** How many faults the page names; all of them are in the record. */
const NAMED = 20;

/** The page of a drill in the Web UI. */
export function drillDetails(status: DrillStatus): string {
  const { verdict, failure, freshness } = status;
  const rto = verdict?.rtoSeconds ?? null;
  return visible(
    [
      `## ${TITLES[status.mode]} ${stepPath(status.phase, status.step)} of ${status.rollout} → ${status.environment}: ${outcomeOf(status)}`,
      '',
      `Bundle \`${short(status.bundle)}\`, started by ${status.startedBy}.`,
      ...(verdict === null || verdict.failure !== null ? [] : ['', verdictLine(verdict)]),
      ...(verdict === null
        ? []
        : verdict.faults.slice(0, NAMED).map((fault, at) => `${at === 0 ? '\n' : ''}- ${fault}`)),
      ...(rto === null ? [] : ['', `Restored and compared in ${formatDuration(rto * 1_000)}.`]),
      ...(failure === null ? [] : ['', failureLine(failure)]),
      ...(freshness === null
        ? []
        : ['', `${freshness.stale ? '**Stale**' : 'Fresh'} (limit ${freshness.limit}): ${freshnessWords(freshness)}.`]),
    ].join('\n'),
  );
}

/** In one word: what search attributes and tables say. */
export function outcomeOf({ state, verdict, failure, cancelled, freshness, mode }: DrillStatus): string {
  if (cancelled) return 'cancelled';
  if (verdict !== null) return verdict.verdict;
  if (failure !== null) return 'failed';
  if (state !== 'ended') return state;
  if (mode === 'witness') return 'witnessed';
  return freshness?.stale === true ? 'stale' : 'fresh';
}
