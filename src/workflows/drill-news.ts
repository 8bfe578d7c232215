import { proofWords } from '../domain/drill/freshness.ts';
import { verdictLine } from '../domain/drill/verdict.ts';
import { stepPath } from '../domain/names.ts';
import type { DrillEvent, DrillNews } from '../domain/notification.ts';
import type { DrillStatus } from '../contract/messages.ts';

const WORDS: Readonly<Record<DrillStatus['mode'], string>> = {
  drill: 'drill',
  witness: 'planting of what the next backup must hold',
  freshness: 'look at what is proven',
};

/** What a run has to tell; nothing when all is well, or when somebody cancelled it. */
export function newsOf(status: DrillStatus): readonly DrillNews[] {
  return [...ending(status), ...staleness(status)];
}

function ending(status: DrillStatus): readonly DrillNews[] {
  const { verdict, failure, cancelled } = status;
  if (cancelled) return [];
  if (verdict?.verdict === 'refuted') return [news(status, 'refuted', verdictLine(verdict))];
  if (failure === null) return [];
  return [news(status, 'failed', `the ${WORDS[status.mode]} failed: ${failure.message}`)];
}

function staleness(status: DrillStatus): readonly DrillNews[] {
  const { freshness } = status;
  if (freshness === null || !freshness.stale || freshness.known) return [];
  const message = `no backup younger than ${freshness.limit} is proven (${proofWords(freshness.newest)})`;
  return [news(status, 'stale', message)];
}

function news(status: DrillStatus, event: DrillEvent, what: string): DrillNews {
  const { environment, rollout, phase, step, run, verdict, freshness } = status;
  const message = `${rollout} → ${environment}, ${stepPath(phase, step)}: ${what}`;
  return { event, environment, rollout, phase, step, run, message, verdict, newest: freshness?.newest ?? null };
}
