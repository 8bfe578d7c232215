import type { ReadinessOutcome } from '../contract/messages.ts';
import { short } from '../domain/gate.ts';
import { scoreText, simulatedSentence } from '../domain/readiness/words.ts';
import { visible } from '../domain/visible.ts';

/** The page of a look at the readiness in the Web UI. */
export function readinessDetails(outcome: ReadinessOutcome): string {
  const { rollout, environment, bundle, now, fell, before } = outcome;
  return visible(
    [
      `## Readiness of ${rollout} → ${environment}: ${scoreText(now)}`,
      '',
      `Bundle \`${short(bundle)}\`. ${simulatedSentence(outcome)}`,
      ...(now.capped.length === 0 ? [] : ['', `Capped by what must pass and does not: ${now.capped.join(', ')}.`]),
      ...(before === null ? [] : ['', fell === null ? `Before: ${scoreText(before)}.` : `**${fell}**`]),
    ].join('\n'),
  );
}
