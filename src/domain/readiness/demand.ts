import type { Demand } from './demand-file.ts';
import { reaches, type Standing } from './levels.ts';
import type { Scorecard } from './scorecard.ts';
import { scoreText } from './words.ts';

export function isEnough({ score, level }: Standing, wanted: Demand): boolean {
  return typeof wanted === 'number' ? score !== null && score >= wanted : reaches(level, wanted);
}

/** What a readiness misses, in words that a person waives by approving; null when it is enough. */
export function missingReadiness(card: Scorecard, wanted: Demand): string | null {
  if (isEnough(card, wanted)) return null;
  const capped = card.capped.length === 0 ? '' : `; what must pass and does not: ${card.capped.join(', ')}`;
  return `no readiness of ${String(wanted)} (it is ${scoreText(card)}${capped})`;
}
