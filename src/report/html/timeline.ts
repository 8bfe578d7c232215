import { changedLine, countsLine } from '../../domain/change.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { PhaseReport, Report, Span, StepReport } from '../report.ts';
import { count } from '../words.ts';
import { html, type Html, type Piece } from './escape.ts';
import { scaleOf, type Scale, type Stretch } from './scale.ts';
import { chip, fold, items, percent, section, toneOf, when } from './words.ts';

/** States of steps that changed nothing: they are counted, and fold. */
const QUIET: readonly string[] = ['unchanged', 'skipped', 'pending'];
/** Up to so many steps all phases are open from the beginning. */
const FEW = 30;
/** So many steps of a phase are listed. */
const MOST_STEPS = 200;
const REST = '`windlass report --all` lists them';
/** Names of cuts stand at least this far from each other, as a share of the line. */
const APART = 0.12;

/** Phases and steps as a picture of how their time was spent, with the same in words. */
export function timelineSection(report: Report): Html {
  const { phases, startedAt, endedAt, asOf } = report;
  const steps = phases.flatMap((phase) => phase.steps);
  const ends = [
    startedAt,
    asOf ?? endedAt,
    ...steps.flatMap(({ spans }) => spans.flatMap(({ from, to }) => [from, to])),
  ];
  const times = ends.flatMap((time) => (time === null ? [] : [Date.parse(time)]));
  const whole = { from: Math.min(...times), to: Math.max(...times) };
  const stretch = ({ from, to }: Span): Stretch => ({
    from: Date.parse(from),
    to: to === null ? whole.to : Date.parse(to),
  });
  const acting = steps.flatMap(({ spans }) => spans.filter(({ what }) => ACTS.includes(what)).map(stretch));
  if (phases.length === 0 || times.length === 0)
    return section(
      'timeline',
      'Phases and steps',
      null,
      html`<p class="empty">The record names no phase of this run.</p>`,
    );
  const day = new Date(whole.from).toISOString().slice(0, 10);
  const drawing: Drawing = { scale: scaleOf(acting, whole), stretch, day };
  const few = steps.length <= FEW;
  return section(
    'timeline',
    'Phases and steps',
    html`${count(steps.length, 'step')} in ${count(phases.length, 'phase')}. The line is true to scale while something
    acts; where everything waited, it is cut to the length of a short wait, and says how long that was.`,
    html`<div class="timeline">
      ${legend()}${axis(drawing.scale, whole)}
      <ol class="phases">
        ${phases.map((phase) => phaseItem(phase, drawing, few))}
      </ol>
    </div>`,
  );
}

const ACTS: readonly Span['what'][] = ['plan', 'act', 'verify'];

interface Drawing {
  readonly scale: Scale;
  readonly stretch: (span: Span) => Stretch;
  /** On which the run began: it stands at times of other days alone. */
  readonly day: string;
}

const WORDS: Readonly<Record<Span['what'], string>> = {
  plan: 'planning',
  wait: 'waiting',
  gate: 'at its gate',
  act: 'acting',
  verify: 'verifying',
  parked: 'parked',
};
/** What a word alone does not tell. */
const MORE: Readonly<Partial<Record<Span['what'], string>>> = {
  wait: ' for its target or another attempt',
  gate: ', for somebody to decide',
  parked: ' after a failure, for somebody to retry it',
};

function legend(): Html {
  const keys = Object.entries(WORDS).map(
    ([what, words]) =>
      html`<li>
        <svg width="22" height="16" aria-hidden="true">${mark(what as Span['what'], 0, 1)}</svg>
        ${words}${MORE[what as Span['what']] ?? ''}
      </li>`,
  );
  return html`<ul class="legend">
    ${keys}
    <li>
      <svg width="22" height="16" aria-hidden="true"><rect class="cut" width="100%" height="100%" /></svg> nothing
      acted, drawn shorter
    </li>
  </ul>`;
}

/** How tall each is drawn and where it begins, of 16: what a thing is must not be told by its colour alone. */
const SHAPES: Readonly<Record<Span['what'], readonly [number, number]>> = {
  plan: [6, 4],
  wait: [7, 2],
  gate: [3, 10],
  act: [1, 14],
  verify: [4, 8],
  parked: [3, 10],
};

const DRAWN: readonly Span['what'][] = ['gate', 'parked', 'wait', 'plan', 'verify', 'act'];

function mark(what: Span['what'], from: number, to: number): Html {
  const [y, height] = SHAPES[what];
  return html`<rect
    class="${what}"
    x="${percent(from)}"
    y="${y}"
    width="${percent(to - from)}"
    height="${height}"
    rx="1.5"
  />`;
}

function cutsOf({ cuts }: Scale): Piece {
  return cuts.map(
    ({ from, to }) => html`<rect class="cut" x="${percent(from)}" width="${percent(to - from)}" height="100%" />`,
  );
}

/** Beginning, end, and how long each cut was; a name that found no room is told by the steps. */
function axis(scale: Scale, { from, to }: Stretch): Html {
  let last = -APART;
  const names = scale.cuts.map((cut) => {
    const middle = (cut.from + cut.to) / 2;
    if (middle - last < APART || middle < APART || middle > 1 - APART) return null;
    last = middle;
    return html`<text x="${percent(middle)}" y="12" text-anchor="middle">${formatDuration(cut.ms)}</text>`;
  });
  const [start, end] = [from, to].map((ms) => new Date(ms).toISOString());
  return html`<div class="row axis">
    <span class="row-name">${when(start ?? '')}</span><svg width="100%" height="18" aria-hidden="true">${names}</svg
    ><span class="row-words">${when(end ?? '')}, ${formatDuration(to - from)}</span>
  </div>`;
}

function phaseItem(phase: PhaseReport, drawing: Drawing, few: boolean): Html {
  const { name, state, steps } = phase;
  const spans = steps.flatMap((step) => step.spans);
  const open = few || toneOf(state) === 'bad' || toneOf(state) === 'wait' || steps.some(isUrgent);
  const quiet = steps.filter((step) => QUIET.includes(step.state));
  const loud = steps.filter((step) => !quiet.includes(step));
  const summary = html`<span class="row"
    ><span class="row-name"><strong>${name}</strong> ${chip(state)}</span>${picture(spans, drawing)}<span
      class="row-words"
      >${countsOf(steps)}${tookOf(spans, drawing)}</span
    ></span
  >`;
  const more =
    quiet.length === 0
      ? null
      : fold(
          `quiet:${name}`,
          html`${loud.length === 0 ? '' : 'and '}${count(quiet.length, 'step')} without a change`,
          html`<ol class="steps">
            ${items(quiet, (step) => stepItem(step, drawing), REST, MOST_STEPS)}
          </ol>`,
          { open: few && quiet.length <= 8 },
        );
  return html`<li class="phase">
    ${fold(
      `phase:${name}`,
      summary,
      html`<ol class="steps">
          ${items(loud, (step) => stepItem(step, drawing), REST, MOST_STEPS)}
        </ol>
        ${more}`,
      { open },
    )}
  </li>`;
}

function isUrgent({ state }: StepReport): boolean {
  return toneOf(state) === 'bad' || state === 'gate';
}

function stepItem(step: StepReport, drawing: Drawing): Html {
  const { name, kind, state, spans, startedAt } = step;
  const clock = startedAt?.startsWith(drawing.day) === true ? startedAt.slice(11, 19) : null;
  const at = startedAt === null ? null : html` <span class="at">from ${clock ?? when(startedAt)}</span>`;
  return html`<li class="row">
    <span class="row-name">${chip(state)} ${name}${kind === null ? null : html` <code>${kind}</code>`}</span
    >${picture(spans, drawing)}<span class="row-words">${wordsOf(step, drawing)}${at}</span>
  </li>`;
}

function picture(spans: readonly Span[], { scale, stretch }: Drawing): Html {
  // Steps of a phase go on beside each other: what acts is drawn over what waits.
  const ordered = spans.toSorted((a, b) => DRAWN.indexOf(a.what) - DRAWN.indexOf(b.what));
  const marks = ordered.map((span) => {
    const { from, to } = stretch(span);
    return mark(span.what, scale.at(from), scale.at(to));
  });
  return html`<svg class="bars" width="100%" height="16" aria-hidden="true">${cutsOf(scale)}${marks}</svg>`;
}

/** What a step changed and how its time was spent: all that the picture says. */
function wordsOf({ changed, planned, spans, state }: StepReport, drawing: Drawing): string {
  const did =
    changed !== null
      ? changedLine(changed.counts)
      : planned !== null && state !== 'unchanged' && state !== 'skipped'
        ? countsLine(planned.counts)
        : '';
  const times = (Object.keys(WORDS) as Span['what'][]).flatMap((what) => {
    const ms = spans
      .filter((span) => span.what === what)
      .map(drawing.stretch)
      .reduce((sum, { from, to }) => sum + to - from, 0);
    return ms < 1 ? [] : [`${formatDuration(ms)} ${WORDS[what]}`];
  });
  return [...(did === '' ? [] : [did]), ...times].join('; ');
}

function countsOf(steps: readonly StepReport[]): string {
  const states = Map.groupBy(steps, ({ state }) => state);
  return [...states].map(([state, of]) => `${of.length} ${state}`).join(', ');
}

function tookOf(spans: readonly Span[], { stretch }: Drawing): string {
  if (spans.length === 0) return '';
  const own = spans.map(stretch);
  return `; ${formatDuration(Math.max(...own.map(({ to }) => to)) - Math.min(...own.map(({ from }) => from)))}`;
}
