import { STAND_IN } from '../domain/change.ts';
import { failureLine } from '../domain/failure.ts';
import { stepCounts } from '../domain/fold.ts';
import { short } from '../domain/gate.ts';
import { code, fenced, plain } from '../domain/markdown-text.ts';
import { measuredText, progressText } from '../domain/measured.ts';
import { stepPath } from '../domain/names.ts';
import { visible } from '../domain/visible.ts';
import { clipped, wrapped } from '../domain/wrap.ts';
import type { PhaseStatus, RolloutStatus } from '../domain/status.ts';
import { waitingBlock, waits, type Waiting } from './details-waiting.ts';
import { isApart, stepsBlock, waiting, WIDTH } from './details-table.ts';

/**
 * The Web UI hands these pages to a frame in its address, and proxies refuse addresses of more than 8 KiB: so long may a page
 * be, as it is encoded there. Temporal itself takes more.
 *
 * @internal exported for its tests
 */
export const LONGEST_PAGE = 7_600;

/** How rich a page is: how much of what waits is told in full, how long its table is, and how many measures it has. */
interface Richness {
  readonly waiting: number;
  readonly lines: number;
  readonly measures: number;
}

/** From the richest page to the poorest; the first one that is short enough is shown. */
const RICHNESS: readonly Richness[] = [
  { waiting: 10, lines: 30, measures: 30 },
  { waiting: 3, lines: 30, measures: 15 },
  { waiting: 2, lines: 24, measures: 15 },
  { waiting: 1, lines: 20, measures: 12 },
  { waiting: 1, lines: 12, measures: 0 },
  { waiting: 0, lines: 12, measures: 0 },
];

/** The progress page of a rollout: what the Web UI shows as the workflow's current details. What waits stands on top. */
export function rolloutDetails(status: RolloutStatus): string {
  return richest(RICHNESS.map((rich) => () => rolloutPage(status, rich)));
}

/** The progress page of one phase. */
export function phaseDetails(phase: PhaseStatus): string {
  const page = (lines: number) =>
    [
      `## ${phase.name}: ${phase.state}`,
      '',
      `${phase.steps.length} steps: ${stepCounts(phase.steps)}.`,
      '',
      ...stepsBlock([phase], lines),
    ].join('\n');
  return richest([60, 40, 24, 12].map((lines) => () => page(lines)));
}

function richest(pages: readonly (() => string)[]): string {
  let page = '';
  for (const make of pages) {
    page = visible(make());
    if (encodeURIComponent(page).length <= LONGEST_PAGE) break;
  }
  return page;
}

function rolloutPage(status: RolloutStatus, rich: Richness): string {
  const all = waits(status.phases);
  return [
    `## ${status.rollout} → ${status.environment}: ${status.state}`,
    '',
    `${sumOf(status)} Bundle ${code(short(status.bundle))}, started by ${plain(clipped(status.startedBy, 200))}.`,
    '',
    ...warnings(status),
    ...all.slice(0, rich.waiting).flatMap((one) => waitingBlock(one, status)),
    ...alsoWaiting(all.slice(rich.waiting), status),
    ...stepsBlock(status.phases, rich.lines),
    ...standIns(status.phases),
    ...measureRows(status, rich.measures),
  ].join('\n');
}

function sumOf({ phases }: RolloutStatus): string {
  const count = phases.reduce((sum, { steps }) => sum + steps.length, 0);
  const known = phases.flatMap((phase) => (isApart(phase) ? waiting(phase) : phase.steps));
  const others = count - known.length;
  const counts = [
    ...(known.length === 0 ? [] : [stepCounts(known)]),
    ...(others === 0 ? [] : [`${others} in phases that go on`]),
  ];
  return `${count} ${count === 1 ? 'step' : 'steps'}${count === 0 ? '' : `: ${counts.join(', ')}`}.`;
}

function warnings(status: RolloutStatus): string[] {
  const { failure, phases, dropped, forged, unrecorded } = status;
  return [
    ...pausedLine(status),
    ...phases.flatMap(({ name, heldUp }) => (heldUp === undefined ? [] : [`${code(name)}: ${plain(heldUp)}.`])),
    ...(failure === null ? [] : [plain(clipped(failureLine(failure), 600))]),
    ...(dropped === undefined
      ? []
      : [`Dropped ${dropped} messages of no form that a rollout takes, or too many at once.`]),
    ...(forged === undefined
      ? []
      : [`**${forged} messages came in the name of phases that did not send them.** They are not believed.`]),
    ...(unrecorded === undefined ? [] : [`Denied ${unrecorded} more messages than are on record.`]),
  ].flatMap((line) => [line, '']);
}

function pausedLine({ paused, rollout, environment }: RolloutStatus): string[] {
  if (paused === undefined) return [];
  const why = paused.comment === '' ? '' : `: ${plain(clipped(paused.comment, 300))}`;
  const command = code(`windlass resume ${rollout} --environment ${environment}`);
  return [
    `**Paused** by ${plain(clipped(paused.by, 200))} since ${paused.since}${why}. Nothing new begins until ${command}.`,
  ];
}

/** So many are named of what waits beside; the table and the command line have the others. */
const NAMED = 5;

function alsoWaiting(more: readonly Waiting[], { rollout, environment }: RolloutStatus): string[] {
  if (more.length === 0) return [];
  const named = more.slice(0, NAMED).map(({ phase, step }) => code(stepPath(phase, step.name)));
  const others = more.length > NAMED ? ` and ${String(more.length - NAMED)} more` : '';
  const command = `windlass status ${rollout} --environment ${environment}`;
  return [`Also waiting: ${named.join(', ')}${others}. ${code(command)} tells all of it.`, ''];
}

function standIns(phases: readonly PhaseStatus[]): string[] {
  const on = phases.flatMap((phase) =>
    phase.steps.filter(({ plan }) => plan?.standIns !== undefined).map(({ name }) => stepPath(phase.name, name)),
  );
  if (on.length === 0) return [];
  const named = on.slice(0, NAMED).map(code);
  const others = on.length > NAMED ? ` and ${String(on.length - NAMED)} more` : '';
  return ['', `On a **${STAND_IN}**: ${named.join(', ')}${others}.`];
}

/** Before and after, a line each, in a code block. */
function measureRows({ measures = [] }: RolloutStatus, most: number): string[] {
  const shown = measures.slice(0, most);
  if (shown.length === 0) return [];
  const lines = shown.map((one) => {
    const after = one.after === null ? '' : ` → ${measuredText(one.after, one.unit)}`;
    const progress = progressText(one);
    return `${one.title}: ${measuredText(one.before, one.unit)}${after}${progress === '' ? '' : ` (${progress})`}`;
  });
  const more = measures.length - shown.length;
  return [
    '',
    '### Measures',
    '',
    '```',
    ...fenced(lines).flatMap((line) => wrapped(clipped(line, 200), WIDTH)),
    ...(more === 0 ? [] : [`and ${String(more)} more`]),
    '```',
  ];
}

/** What the rollout waits on, in a few words; empty when nothing blocks. */
export function blockedOn(phases: readonly PhaseStatus[]): string {
  return phases
    .flatMap((phase) =>
      phase.steps
        .filter((step) => step.state === 'gate' || step.state === 'parked')
        .map((step) => `${step.state} ${stepPath(phase.name, step.name)}`),
    )
    .join(', ');
}
