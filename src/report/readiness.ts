import { scoreText, simulatedSentence } from '../domain/readiness/words.ts';
import type { AreaStanding, Scorecard } from '../domain/readiness/scorecard.ts';
import { code, plain, table } from '../domain/markdown-text.ts';

/** A scorecard, every point with what it rests on; nothing where there is none. */
export function readinessSection(card: Scorecard | undefined): readonly string[] {
  if (card === undefined) return [];
  const { capped, cap, exemptions, at } = card;
  return [
    '## Readiness',
    '',
    `**${scoreText(card)}** at ${at}. ${simulatedSentence(card)}`,
    '',
    ...(capped.length === 0
      ? []
      : [`Capped at ${String(cap)} while these do not pass: ${capped.map(plain).join(', ')}.`, '']),
    ...card.areas.flatMap(areaSection),
    ...table(
      ['exemption', 'until', 'asked for by', 'granted by', 'reason'],
      exemptions.map(({ check, until, holds, requestedBy, approvedBy, reason }) => [
        plain(check),
        holds ? until : `${until}, **ended**`,
        ...[requestedBy, approvedBy, reason].map(plain),
      ]),
    ),
  ];
}

function areaSection(area: AreaStanding): readonly string[] {
  const { title, points, weight, applies, checks } = area;
  const apart = points.apart === 0 ? '' : `, ${String(points.apart)} more counted apart`;
  const stands = applies
    ? `${scoreText(area)}; ${String(points.earned)} of ${String(points.all)} points${apart}; weight ${String(weight)}`
    : 'does not apply here';
  return [
    `### ${plain(title)}: ${stands}`,
    '',
    ...table(
      ['check', 'result', 'points', 'level', 'how', 'why', 'seen'],
      checks.map(({ title: check, result, points: of, level, must, evidence, why }) => [
        plain(check),
        result === 'pass' ? result : `**${result}**`,
        String(of),
        must ? `${level}, must` : level,
        evidence?.how ?? '',
        plain(why),
        evidence === null ? '' : `${evidence.time}, run ${code(evidence.run)}: ${plain(evidence.source)}`,
      ]),
    ),
  ];
}
