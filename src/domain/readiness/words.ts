import type { Standing } from './levels.ts';
import type { Scorecard } from './scorecard.ts';

/** A score as a figure: `85.3`, or `?` where nothing was observed. */
export function scoreFigure(score: number | null): string {
  return score === null ? '?' : score.toFixed(1).replace(/\.0$/, '');
}

/** A score for people: `85.3 of 100, good`. */
export function scoreText({ score, level }: Standing): string {
  if (score === null) return 'unknown, since nothing was observed';
  return `${scoreFigure(score)} of 100, ${level ?? 'no level'}`;
}

/** What every page says of what is simulated. */
export function simulatedSentence({
  simulated,
  real,
}: Pick<Scorecard, 'simulated'> & { readonly real: Standing }): string {
  return simulated === 'counts'
    ? `What is SIMULATED or rests on a STAND-IN counts here, as the worker's policy says; by what is real alone: ${scoreText(real)}.`
    : 'Only what is real counts; what is simulated or rests on a stand-in is counted apart.';
}
