import { changedLine, changeWords, type Change, type ChangeAction } from '../../domain/change.ts';
import { formatDuration } from '../../domain/duration.ts';
import { stepPath } from '../../domain/names.ts';
import { changesBySystem } from '../systems.ts';
import type { Changed, Report, StepReport } from '../report.ts';
import { count } from '../words.ts';
import { fitting, shares } from './budget.ts';
import { html, type Html, type Piece } from './escape.ts';
import { chunks, fold, section } from './words.ts';

/** What is worst to be lost comes first. */
const ACTIONS: readonly ChangeAction[] = ['delete', 'replace', 'update', 'create', 'unknown'];
/** Lists of more than so many changes are not printed. */
const PRINTED = 200;
/** How many lines of what differs are shown of a change. */
const LINES = 200;

interface StepChanges {
  readonly path: string;
  readonly step: StepReport;
  readonly changed: Changed;
  readonly changes: readonly Change[];
}

/**
 * What the run changed, by system and step. What finds no room is counted: first what differs in each, then changes.
 *
 * @param most bytes that it may have.
 * @param rest the command that gives all of them.
 */
export function changesSection(report: Report, most: number, rest: string): Html {
  const systems = changesBySystem(report).map(({ title, steps }) => ({ title, steps: steps.map(ordered) }));
  const all = systems.flatMap(({ steps }) => steps);
  if (all.length === 0)
    return section(
      'changes',
      'Changes',
      null,
      html`<p class="empty">
        ${report.asOf === undefined ? 'Nothing had to be changed.' : 'Nothing was changed so far.'}
      </p>`,
    );
  const lines = all.map(({ changes }) => changes.map(lineOf));
  const forLines = shares(
    lines.map((of) => sum(of.map(lineBytes))),
    most,
  );
  const details = all.map(({ changes }) => changes.map(detailOf));
  const forDetails = shares(
    details.map((of) => sum(of.map(detailBytes))),
    most - sum(forLines),
  );
  const shown = new Map(
    all.map((one, at) => [
      one,
      stepFold(one, {
        lines: lines[at] ?? [],
        details: details[at] ?? [],
        forLines: forLines[at] ?? 0,
        forDetails: forDetails[at] ?? 0,
        rest,
      }),
    ]),
  );
  return section(
    'changes',
    'Changes',
    null,
    systems.map(
      ({ title, steps }) =>
        html`<h3>
            ${title} <span class="note">${changedLine(total(steps.map(({ changed }) => changed.counts)))}</span>
          </h3>
          ${steps.map((one) => shown.get(one) ?? null)}`,
    ),
  );
}

function ordered({
  phase,
  step,
  changed,
}: {
  readonly phase: string;
  readonly step: StepReport;
  readonly changed: Changed;
}): StepChanges {
  const rank = ({ action, destructive }: Change) => ACTIONS.indexOf(action) * 2 + (destructive ? 0 : 1);
  return {
    path: stepPath(phase, step.name),
    step,
    changed,
    changes: changed.changes.toSorted((a, b) => rank(a) - rank(b)),
  };
}

interface Room {
  readonly lines: readonly Html[];
  readonly details: readonly (Html | null)[];
  readonly forLines: number;
  readonly forDetails: number;
  readonly rest: string;
}

function stepFold(
  { path, step, changed, changes }: StepChanges,
  { lines, details, forLines, forDetails, rest }: Room,
): Html {
  const { shown, more } = fitting(lines, lineBytes, forLines);
  // Of changes that are shown only: what differs in others would take their room.
  const told = fitting(details.slice(0, shown.length), detailBytes, forDetails).shown.length;
  const untold = details.slice(told).filter((one) => one !== null).length;
  const groups = ACTIONS.map((action) => {
    const of = changes.flatMap((change, at) => (change.action === action && at < shown.length ? [at] : []));
    const inAll = changes.filter((change) => change.action === action).length;
    if (inAll === 0) return null;
    const entries = of.map((at) => itemOf(changes[at], lines[at] ?? null, at < told ? (details[at] ?? null) : null));
    return html`<h4 class="action ${action}">${changedLine({ ...NONE, [action]: inAll })}</h4>
      ${chunks(entries)}`;
  });
  const cut = [
    ...(more > 0 ? [`${count(more, 'change')} more`] : []),
    ...(untold > 0 ? [`what differs in ${untold} of them`] : []),
  ].join(', and ');
  const undo =
    step.planned === null || step.planned.undo === ''
      ? null
      : html`<p class="note">To undo it: ${step.planned.undo}</p>`;
  const summary = html`<strong>${path}</strong>
    <span class="note">${changedLine(changed.counts)} in ${formatDuration(changed.durationMs)}</span>`;
  const left =
    cut === ''
      ? null
      : html`<p class="more">Left out, to keep this page small: ${cut}. All of it: <code>${rest}</code></p>`;
  return fold(`changes:${path}`, summary, html`${undo}${left}${groups}`, { print: changes.length <= PRINTED });
}

const NONE: Changed['counts'] = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, unknown: 0 };

function lineOf(change: Change): Html {
  return html`${changeWords(change)}`;
}

function detailOf({ detail = [] }: Change): Html | null {
  if (detail.length === 0) return null;
  const more = detail.length - LINES;
  // Line breaks are pieces: whoever formats templates takes those between pieces for spaces.
  const lines = detail.slice(0, LINES).flatMap((line, at) => (at === 0 ? [line] : ['\n', line]));
  return html`<pre>${lines}${more > 0 ? `\nand ${String(more)} more lines` : null}</pre>`;
}

function itemOf(change: Change | undefined, line: Piece, detail: Html | null): Html {
  const risky = change !== undefined && (change.destructive || change.asks !== undefined);
  const body =
    detail === null
      ? line
      : html`<details>
          <summary>${line}</summary>
          ${detail}
        </details>`;
  return risky ? html`<li class="risky">${body}</li>` : html`<li>${body}</li>`;
}

/** What is written around the text of a change, and around what differs in it. */
const AROUND_LINE = '<li class="risky"></li>'.length;
const AROUND_DETAIL = '\n<details><summary></summary></details>'.length;

function lineBytes(line: Html): number {
  return Buffer.byteLength(line.text) + AROUND_LINE;
}

function detailBytes(detail: Html | null): number {
  return detail === null ? 0 : Buffer.byteLength(detail.text) + AROUND_DETAIL;
}

function sum(of: readonly number[]): number {
  return of.reduce((whole, one) => whole + one, 0);
}

function total(of: readonly Changed['counts'][]): Changed['counts'] {
  const of_ = (action: ChangeAction) => sum(of.map((counts) => counts[action]));
  return {
    create: of_('create'),
    update: of_('update'),
    replace: of_('replace'),
    delete: of_('delete'),
    unchanged: of_('unchanged'),
    unknown: of_('unknown'),
  };
}
