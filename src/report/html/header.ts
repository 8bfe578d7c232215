import { formatDuration } from '../../domain/duration.ts';
import { short } from '../../domain/gate.ts';
import { scoreFigure } from '../../domain/readiness/words.ts';
import { SATISFIED } from '../../domain/status.ts';
import type { Report } from '../report.ts';
import { html, type Html, type Piece } from './escape.ts';
import { bar, chip, toneOf, when, type Tone } from './words.ts';

/** What the page says before everything else: the verdict, who and when, and how much of the evidence is real. */
export function header(report: Report): Html {
  const { rollout, environment, state, verdict, provenance, evidence } = report;
  return html`<header id="top" data-part>
    <p class="brand">Windlass <span>rollout report</span></p>
    <h1>${rollout} <span class="to">to</span> ${environment}</h1>
    <p class="verdict ${toneOf(state)}">${chip(state)} <span>${verdict}</span></p>
    ${facts(report)}${tiles(report)}
    <div class="provenance">
      ${evidence.length === 0 ? null : html`${bar(provenanceShares(report))}${provenanceKey(report)}`}
      <ul class="plain">
        ${provenance.sentences.map((one) => html`<li>${one}</li>`)}
      </ul>
    </div>
  </header>`;
}

function provenanceShares({ provenance: { counts }, evidence }: Report): Parameters<typeof bar>[0] {
  const share = (of: number) => of / evidence.length;
  return [
    { share: share(counts.real), of: HOWS.real },
    { share: share(counts.simulated), of: HOWS.simulated },
    { share: share(counts['stand-in']), of: HOWS['stand-in'] },
  ];
}

const HOWS = { real: 'earned', simulated: 'apart', 'stand-in': 'standin' } as const;

/** What the colours of the bar mean. */
function provenanceKey({ provenance: { counts } }: Report): Piece {
  const keys = (Object.keys(HOWS) as (keyof typeof HOWS)[]).map(
    (how) =>
      html`<li>
        <svg width="12" height="12" aria-hidden="true">
          <rect class="${HOWS[how]}" width="100%" height="100%" rx="2" />
        </svg>
        ${counts[how]} ${how}
      </li>`,
  );
  return html`<ul class="legend">
    ${keys}
  </ul>`;
}

function facts({ startedAt, endedAt, startedBy, signed, durationMs, bundle, run, state, asOf }: Report): Html {
  const signature = signed === null ? ', whether signed does not read' : signed ? ', signed' : ', not signed';
  const goesOn = state === 'unknown' || asOf !== undefined;
  const rows: readonly (readonly [string, Piece])[] = [
    [
      'Started',
      html`${startedAt === null ? 'unknown' : when(startedAt)} by
      ${startedBy ?? 'nobody that the record names'}${signature}`,
    ],
    [
      goesOn ? 'Last entry' : 'Ended',
      html`${endedAt === null ? 'unknown' : when(endedAt)} (${formatDuration(durationMs)})`,
    ],
    ['Bundle', bundle === null ? 'unknown' : html`<code title="${bundle}">${short(bundle)}</code>`],
    ['Run', html`<code>${run}</code>`],
  ];
  return html`<dl class="facts">
    ${rows.map(
      ([term, of]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${of}</dd>
        </div>`,
    )}
  </dl>`;
}

interface Tile {
  readonly to: string;
  readonly figure: string;
  readonly of: string;
  readonly tone: Tone;
}

/** The figures that a meeting begins with, each leading to its section. */
function tiles(report: Report): Html {
  const of = [left(report), steps(report), changes(report), ready(report), proofs(report), audits(report)];
  return html`<ul class="tiles">
    ${of.map((tile) =>
      tile === null
        ? null
        : html`<li>
            <a class="tile ${tile.tone}" href="#${tile.to}"><strong>${tile.figure}</strong> <span>${tile.of}</span></a>
          </li>`,
    )}
  </ul>`;
}

function left({ left: open }: Report): Tile {
  const urgent = open.filter(({ kind }) => kind !== 'lapsing').length;
  return {
    to: 'left',
    figure: String(urgent),
    of: urgent === 1 ? 'thing left to do' : 'things left to do',
    tone: urgent === 0 ? 'good' : 'wait',
  };
}

function steps({ phases }: Report): Tile | null {
  const all = phases.flatMap((phase) => phase.steps);
  if (all.length === 0) return null;
  const skipped = all.filter(({ state }) => state === 'skipped' || state === 'skipped by hand').length;
  const satisfied = all.filter(({ state }) => (SATISFIED as ReadonlySet<string>).has(state)).length;
  return {
    to: 'timeline',
    figure: `${String(satisfied - skipped)} of ${String(all.length)}`,
    of: skipped === 0 ? 'steps done' : `steps done, ${String(skipped)} skipped`,
    tone: satisfied === all.length ? 'good' : 'quiet',
  };
}

function changes({ phases }: Report): Tile {
  const made = phases
    .flatMap((phase) => phase.steps.map((step) => step.changed?.changes.length ?? 0))
    .reduce((a, b) => a + b, 0);
  return {
    to: 'changes',
    figure: made.toLocaleString('en'),
    of: made === 1 ? 'change made' : 'changes made',
    tone: 'quiet',
  };
}

function ready({ readiness: card }: Report): Tile | null {
  if (card === undefined) return null;
  const { score, level } = card;
  return {
    to: 'readiness',
    figure: scoreFigure(score),
    of: `of 100 ready: ${level === null ? 'no level' : `level ${level}`}`,
    tone: level === null ? 'wait' : 'good',
  };
}

function proofs({ drillHistories = [] }: Report): Tile | null {
  if (drillHistories.length === 0) return null;
  const proven = drillHistories.filter(({ newest }) => newest !== null).length;
  const all = drillHistories.length;
  return {
    to: 'drills',
    figure: `${String(proven)} of ${String(all)}`,
    of: `${all === 1 ? 'drill' : 'drills'} with a proven backup`,
    tone: proven === all ? 'good' : 'bad',
  };
}

function audits({ audits: all = [] }: Report): Tile | null {
  if (all.length === 0) return null;
  const severe = all
    .flatMap(({ faults }) => faults)
    .filter(({ severity }) => severity === 'critical' || severity === 'high')
    .reduce((sum, { open }) => sum + open, 0);
  return {
    to: 'audit',
    figure: String(severe),
    of: `critical or high ${severe === 1 ? 'finding' : 'findings'} of audits`,
    tone: severe === 0 ? 'good' : 'bad',
  };
}
