import type { RolloutRef } from '../../client.ts';
import { short } from '../../domain/gate.ts';
import type { CheckResult, CheckStanding } from '../../domain/readiness/check.ts';
import type { ReadinessChanges } from '../../domain/readiness/changes.ts';
import type { Lapsing } from '../../domain/readiness/lapsing.ts';
import { renewalCommand } from '../../domain/readiness/renewal.ts';
import { scoreText, simulatedSentence } from '../../domain/readiness/words.ts';
import type { AreaStanding, Scorecard } from '../../domain/readiness/scorecard.ts';
import type { Paint } from '../cli.ts';
import { columns } from '../../domain/columns.ts';

/** A scorecard: the whole, each area with its checks, exemptions, and each open check with what it needs. */
export function scorecardLines(
  card: Scorecard,
  place: RolloutRef & { readonly bundle: string },
  paint: Paint,
): string[] {
  const { rollout, environment, bundle } = place;
  return [
    `${paint('bold', `${rollout} → ${environment}`)}, bundle ${short(bundle)}, at ${card.at}`,
    `Readiness: ${paint('bold', scoreText(card))}`,
    simulatedSentence(card),
    ...cappedLines(card, paint),
    ...card.areas.flatMap((area) => areaLines(area, paint)),
    ...exemptionLines(card),
    ...openLines(card, place, paint),
  ];
}

function cappedLines({ capped, cap }: Scorecard, paint: Paint): string[] {
  if (capped.length === 0) return [];
  return [paint('red', `Capped at ${String(cap)} while these do not pass: ${capped.join(', ')}`)];
}

const MARKS: Readonly<Record<CheckResult, string>> = {
  pass: '✓',
  fail: '✗',
  stale: '⌛',
  unobserved: '?',
  exempt: '–',
  'not applicable': '·',
};
const COLOURS: Readonly<Partial<Record<CheckResult, 'green' | 'red' | 'yellow' | 'dim'>>> = {
  pass: 'green',
  fail: 'red',
  stale: 'yellow',
  unobserved: 'yellow',
  'not applicable': 'dim',
};

function areaLines(area: AreaStanding, paint: Paint): string[] {
  const { all, earned, apart } = area.points;
  const points = `${numberText(earned)} of ${numberText(all)} points`;
  const aside = apart === 0 ? '' : `, ${numberText(apart)} more are not real and counted apart`;
  const head = area.applies
    ? `${area.title}: ${scoreText(area)} (${points}${aside}; weight ${numberText(area.weight)})`
    : `${area.title}: does not apply here`;
  const lines = columns(area.checks.map(checkCells));
  return ['', paint('bold', head), ...area.checks.flatMap((check, at) => checkLines(check, lines[at] ?? '', paint))];
}

/** A check, and below it where what it rests on comes from. */
function checkLines({ result, evidence, label }: CheckStanding, line: string, paint: Paint): string[] {
  const colour = COLOURS[result];
  const seen =
    evidence === null ? [] : [`      ${label}: seen ${evidence.time} by run ${evidence.run}, ${evidence.source}`];
  return [colour === undefined ? line : paint(colour, line), ...seen.map((one) => paint('dim', one))];
}

function checkCells(check: CheckStanding): string[] {
  const { name, points, level, must, result, evidence, why } = check;
  return [
    `  ${MARKS[result]} ${name}`,
    result,
    numberText(points),
    must ? `${level}, must` : level,
    evidence === null ? '' : evidence.how,
    why,
  ];
}

function exemptionLines({ exemptions }: Scorecard): string[] {
  if (exemptions.length === 0) return [];
  const rows = exemptions.map(({ check, holds, until, requestedBy, approvedBy, reason }) => [
    `  ${check}`,
    `${holds ? 'until' : 'ended'} ${until}`,
    `asked for by ${requestedBy}, granted by ${approvedBy}`,
    reason,
  ]);
  return ['', 'Exemptions (they earn nothing):', ...columns(rows)];
}

/** Each check that does not pass, with where it was seen and how to mend it. */
function openLines({ areas }: Scorecard, place: RolloutRef, paint: Paint): string[] {
  const open = areas.flatMap((area) =>
    area.checks
      .filter(({ result }) => result === 'fail' || result === 'stale' || result === 'unobserved')
      .flatMap((check) => openCheck(area.name, check, place, paint)),
  );
  return open.length === 0 ? [] : ['', 'To be mended:', ...open];
}

function openCheck(area: string, check: CheckStanding, place: RolloutRef, paint: Paint): string[] {
  const { name, title, result, mend, label, renew } = check;
  return [
    `  ${paint('bold', `${area}/${name}`)} (${title}): ${result}; ${label}`,
    ...(mend === null ? [] : [`    ${mend}`]),
    ...(renew === null ? [] : [`    ${paint('bold', renewalCommand(renew, place))}`]),
  ];
}

/** What came of checks since somebody looked before; nothing where nobody did, or nothing did. */
export function changeLines(since: (ReadinessChanges & { readonly at: string }) | null, paint: Paint): string[] {
  if (since === null) return [];
  const { at, passing, failing, stale, unobserved } = since;
  const rows = Object.entries({ passing, failing, stale, unobserved }).flatMap(([what, checks]) =>
    checks.length === 0 ? [] : [`  newly ${what}: ${checks.join(', ')}`],
  );
  if (rows.length === 0) return ['', `As when it was looked at before, at ${at}.`];
  return ['', paint('bold', `Since it was looked at before, at ${at}:`), ...rows];
}

/** What lapses soon, by the command that renews it; nothing where nothing does. */
export function lapsingLines(soon: readonly Lapsing[], place: RolloutRef, paint: Paint): string[] {
  if (soon.length === 0) return [];
  return [
    '',
    'Lapses within 7 days:',
    ...soon.flatMap(({ renew, first, checks }) => [
      `  ${first}  ${checks.join(', ')}`,
      ...(renew === null ? [] : [`    ${paint('bold', renewalCommand(renew, place))}`]),
    ]),
  ];
}

function numberText(value: number): string {
  return String(Number(value.toFixed(1)));
}
