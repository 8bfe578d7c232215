import type { CheckStanding } from '../../domain/readiness/check.ts';
import { reaches, LEVELS } from '../../domain/readiness/levels.ts';
import type { AreaStanding, Scorecard } from '../../domain/readiness/scorecard.ts';
import { scoreFigure, scoreText, simulatedSentence } from '../../domain/readiness/words.ts';
import type { StandingExemption } from '../../domain/readiness/exemption.ts';
import { html, type Html, type Piece } from './escape.ts';
import { bar, chip, fold, howMark, section, when } from './words.ts';

/** The scorecard: the whole, each area, and every check with what it rests on. */
export function readinessSection(card: Scorecard): Html {
  return section('readiness', 'Readiness', html`At ${when(card.at)}. ${simulatedSentence(card)}`, [
    html`<div class="score">
      <p class="figure">${scoreFigure(card.score)}<small> of 100</small></p>
      <div>
        <ol class="levels">
          ${LEVELS.map((level) => html`<li>${chip(level, reaches(card.level, level) ? 'good' : 'quiet')}${reaches(card.level, level) ? null : html`<span class="away">: not reached</span>`}</li>`)}
        </ol>
        ${bar([{ share: (card.score ?? 0) / 100, of: 'earned' }])}${cappedNote(card)}
      </div>
    </div>`,
    html`<ul class="areas">
      ${card.areas.map(areaItem)}
    </ul>`,
    exemptions(card.exemptions),
  ]);
}

function cappedNote({ capped, cap }: Scorecard): Piece {
  if (capped.length === 0) return null;
  return html`<p class="note bad-text">Capped at ${cap} while these do not pass: ${capped.join(', ')}.</p>`;
}

function areaItem(area: AreaStanding): Html {
  const { name, title, points, weight, applies, checks } = area;
  const passing = checks.filter(({ result }) => result === 'pass').length;
  const words = applies
    ? html`${scoreText(area)}; ${points.earned} of ${points.all}
      points${points.apart === 0 ? null : html`, ${points.apart} more counted apart`}; ${passing} of ${checks.length}
      checks pass; weight ${weight}`
    : html`does not apply here`;
  const shares = [
    { share: points.all === 0 ? 0 : points.earned / points.all, of: 'earned' },
    { share: points.all === 0 ? 0 : points.apart / points.all, of: 'apart' },
  ];
  const summary = html`<span class="area"
    ><strong>${title}</strong>${applies ? bar(shares) : html`<span></span>`}<span class="words">${words}</span></span
  >`;
  return html`<li>
    ${fold(
      `area:${name}`,
      summary,
      html`<ul class="checks">
        ${checks.map(checkItem)}
      </ul>`,
    )}
  </li>`;
}

function checkItem({ title, result, points, level, must, why, evidence, mend, label }: CheckStanding): Html {
  const seen =
    evidence === null
      ? label
      : html`${label}, seen ${when(evidence.time)} by run ${evidence.run}: ${evidence.source}${howMark(evidence.how)}`;
  return html`<li>
    <p>
      ${chip(result)} <strong>${title}</strong>
      <span class="note">${points} ${points === 1 ? 'point' : 'points'}, ${level}${must ? ', must pass' : ''}</span>
    </p>
    <p>${why}</p>
    <p class="note">${seen}</p>
    ${mend === null || result === 'pass' ? null : html`<p>To mend it: ${mend}</p>`}
  </li>`;
}

function exemptions(of: readonly StandingExemption[]): Piece {
  if (of.length === 0) return null;
  return html`<h3>Exemptions</h3>
    <p class="note">They earn nothing; they only keep a check from capping.</p>
    <ul class="plain">
      ${of.map(
        ({ check, until, holds, requestedBy, approvedBy, reason }) =>
          html`<li>
            ${chip(holds ? 'stands' : 'ended', holds ? 'quiet' : 'wait')} <strong>${check}</strong> until ${until}:
            ${reason} <span class="note">asked for by ${requestedBy}, granted by ${approvedBy}</span>
          </li>`,
      )}
    </ul>`;
}
