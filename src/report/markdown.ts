import { changedLine, countsLine } from '../domain/change.ts';
import { compareTexts } from '../domain/compare.ts';
import type { PartProof } from '../domain/drill/part-facts.ts';
import { formatDuration } from '../domain/duration.ts';
import { ofKind } from '../domain/evidence.ts';
import { DECIDED, short } from '../domain/gate.ts';
import { measuredText, progressText } from '../domain/measured.ts';
import { stepPath } from '../domain/names.ts';
import { code, fenced, plain, table } from '../domain/markdown-text.ts';
import { auditSection } from './audit.ts';
import { driftSection } from './drift.ts';
import { leftSection } from './left.ts';
import { loadSection } from './loads.ts';
import { readinessSection } from './readiness.ts';
import type { EvidenceReport, PhaseReport, Report, StepReport } from './report.ts';

/** How many faults of a drill the table names. */
const FAULTS = 5;
/** How many damaged entries are named. */
const DAMAGED = 50;
const UNREADABLE = 'unknown';
/** States of steps that changed nothing. */
const QUIET = ['unchanged', 'skipped'] as const;

/**
 * The report as Markdown, the verdict first.
 *
 * @param all whether steps that changed nothing have a row too; else they are counted.
 */
export function renderMarkdown(report: Report, all = false): string {
  return [
    `# ${plain(report.rollout)} to ${plain(report.environment)}`,
    '',
    `**${plain(report.verdict)}**`,
    '',
    ...report.provenance.sentences.map((sentence) => `- ${plain(sentence)}`),
    '',
    ...damageSection(report),
    ...table(['', ''], overview(report)),
    ...leftSection(report.left),
    ...measuresSection(report),
    ...readinessSection(report.readiness),
    ...driftSection(report.drift),
    '## Phases',
    '',
    ...report.phases.flatMap((phase) => phaseSection(phase, all)),
    ...decisionsSection(report),
    ...drillsSection(report),
    ...auditSection(report.audits ?? []),
    ...loadSection(report.evidence),
    ...failuresSection(report),
    ...evidenceSection(report),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

/** Before everything else: what follows knows nothing of it. */
function damageSection({ damaged = [] }: Report): readonly string[] {
  if (damaged.length === 0) return [];
  const rows = damaged
    .slice(0, DAMAGED)
    .map((one) => [code(one.object), plain(one.type ?? 'unknown'), plain(one.why), plain(one.uncertain)]);
  const more = damaged.length - rows.length;
  return [
    '## What does not read',
    '',
    `**${damaged.length} of this run's entries ${damaged.length === 1 ? 'does' : 'do'} not read: the report knows nothing of what ${damaged.length === 1 ? 'it' : 'they'} said.**`,
    '',
    ...table(['entry', 'of type', 'why', 'uncertain'], rows),
    ...(more > 0 ? [`And ${more} more.`, ''] : []),
  ];
}

function overview(report: Report): readonly (readonly string[])[] {
  const by = report.startedBy === null ? 'nobody that the record names' : plain(report.startedBy);
  return [
    ['State', report.state],
    ['Started', `${report.startedAt ?? UNREADABLE} by ${by}${signedWords(report)}`],
    [
      report.state === 'unknown' || report.asOf !== undefined ? 'Last entry' : 'Ended',
      `${report.endedAt ?? UNREADABLE} (${formatDuration(report.durationMs)})`,
    ],
    ['Bundle', report.bundle === null ? UNREADABLE : code(report.bundle)],
    ['Run', code(report.run)],
  ];
}

/** Before and after; what was not measured at a moment is left open. */
function measuresSection({ measures = [] }: Report): readonly string[] {
  if (measures.length === 0) return [];
  const rows = measures.map((one) => [
    plain(one.title),
    plain(measuredText(one.before, one.unit)),
    plain(measuredText(one.after, one.unit)),
    progressText(one),
  ]);
  const unknown = measures.flatMap((one) =>
    (['before', 'after'] as const).flatMap((moment) => {
      const why = one[moment]?.why;
      return why === undefined ? [] : [`- ${plain(one.title)}, ${moment}: ${plain(why)}`];
    }),
  );
  return [
    '## Measures',
    '',
    ...table(['measure', 'before', 'after', 'difference'], rows),
    ...(unknown.length === 0 ? [] : ['Unknown:', '', ...unknown, '']),
  ];
}

function signedWords({ signed }: Report): string {
  if (signed === null) return ', whether it was signed does not read';
  return signed ? ', signed' : ', not signed';
}

function phaseSection(phase: PhaseReport, all: boolean): readonly string[] {
  const listed = phase.steps.filter(({ state }) => all || !QUIET.some((quiet) => quiet === state));
  const counts = QUIET.map((quiet) => [phase.steps.filter(({ state }) => state === quiet).length, quiet] as const)
    .filter(([count]) => !all && count > 0)
    .map(([count, quiet]) => `${count} ${quiet}`);
  const rows = listed.map((step) => [
    plain(step.name),
    step.kind === null ? '' : code(step.kind),
    step.state,
    step.planned === null ? '' : countsLine(step.planned.counts),
    step.changed === null ? '' : changedLine(step.changed.counts),
    step.changed === null ? '' : formatDuration(step.changed.durationMs),
  ]);
  return [
    `### ${plain(phase.name)}: ${phase.state}`,
    '',
    ...table(['step', 'kind', 'state', 'last plan', 'changed', 'acting'], rows),
    ...(counts.length === 0 ? [] : [`${listed.length === 0 ? 'Steps' : 'Other steps'}: ${counts.join(', ')}.`, '']),
    ...phase.steps.flatMap(changesOf),
  ];
}

function changesOf(step: StepReport): readonly string[] {
  const { changed, planned } = step;
  if (changed === null || changed.lines.length === 0) return [];
  return [
    `What ${plain(step.name)} changed${planned === null ? '' : ` (undo: ${plain(planned.undo)})`}:`,
    '',
    '```',
    ...fenced(changed.lines),
    ...(changed.more > 0 ? [`... and ${changed.more} more`] : []),
    '```',
    '',
  ];
}

function decisionsSection({ decisions, commands }: Report): readonly string[] {
  const decided = decisions.map((one) => [
    one.time,
    plain(one.gate),
    one.denial === null
      ? `${DECIDED[one.verdict]}${one.verdict === 'approve' && one.waives !== null ? `, WAIVED: ${plain(one.waives)}` : ''}`
      : `${one.verdict} DENIED: ${plain(one.denial)}`,
    plain(one.by) + (one.signed ? ' (signed)' : ''),
    plain(one.comment),
    code(short(one.changeDigest)),
  ]);
  const asked = commands.map((one) => [
    one.time,
    one.step === null ? 'the rollout' : plain(one.step),
    one.denial === null ? one.action : `${one.action} DENIED: ${plain(one.denial)}`,
    plain(one.by) + (one.signed === true ? ' (signed)' : ''),
    plain(one.comment),
    '',
  ]);
  const rows = [...decided, ...asked].sort(([a = ''], [b = '']) => compareTexts(a, b));
  return [
    '## Decisions',
    '',
    ...(rows.length === 0 ? ['Nobody was asked, and nobody stepped in.', ''] : []),
    ...table(['time', 'at', 'what', 'by', 'comment', 'changes shown'], rows),
  ];
}

function drillsSection({ drills, drillHistories = [], evidence }: Report): readonly string[] {
  if (drillHistories.length === 0) return [];
  const rows = drills.map((drill) => [
    drill.time,
    plain(stepPath(drill.phase, drill.step)),
    drill.verdict === 'proven' ? 'proven' : `**${drill.verdict}**`,
    drill.backup === null ? '' : code(drill.backup),
    plain(drill.faults.slice(0, FAULTS).join('; ') + (drill.faults.length > FAULTS ? '; and more' : '')),
    drill.rtoSeconds === null ? '' : formatDuration(drill.rtoSeconds * 1_000),
    drill.rpoSeconds === null ? '' : formatDuration(drill.rpoSeconds * 1_000),
  ]);
  const notCompared = ofKind('drill-proof', evidence).flatMap(({ observed }) =>
    observed.parts.flatMap(notComparedLines),
  );
  return [
    '## Drills',
    '',
    ...drillHistories.map(
      ({ drill, newest, trend }) =>
        `- ${plain(drill)}: ${newest === null ? '**no backup was ever proven**' : `newest proven backup ${code(newest.backup)} of ${newest.at}`}; restore times: ${trend.words}`,
    ),
    '',
    ...table(['time', 'drill', 'verdict', 'backup', 'faults', 'RTO', 'RPO'], rows),
    ...(notCompared.length === 0 ? [] : ['Not compared:', '', ...notCompared, '']),
  ];
}

/** What keeps a database from being proven as a whole; what is not compared of the rest, the runbook and the guide say. */
function notComparedLines(part: PartProof): readonly string[] {
  if (part.part !== 'database') return [];
  const of = part.of === null ? part.name : `database ${part.of.database}`;
  return (part.notCompared ?? []).map((what) => `- ${plain(`${of}: ${what}`)}`);
}

function failuresSection({ failures }: Report): readonly string[] {
  if (failures.length === 0) return [];
  const rows = failures.map(({ time, step, failure }) => [
    time,
    step === null ? 'the rollout' : plain(step),
    plain(failure.type),
    `${failure.object === undefined ? '' : `${plain(failure.object)}: `}${plain(failure.message)}`,
    plain(failure.next),
  ]);
  return ['## Failures', '', ...table(['time', 'step', 'type', 'what', 'next'], rows)];
}

function evidenceSection({ evidence }: Report): readonly string[] {
  const order = (finding: EvidenceReport): number => (finding.holds ? 1 : 0);
  const rows = evidence
    .toSorted((a, b) => order(a) - order(b))
    .map((finding) => [
      finding.step === null ? '' : plain(finding.step),
      plain(finding.subject),
      plain(finding.claim),
      finding.holds ? 'yes' : '**NO**',
      finding.how === 'real' ? 'real' : `**${finding.how}**`,
      code(finding.source),
      finding.time,
    ]);
  return [
    '## Evidence',
    '',
    ...(rows.length === 0 ? ['None was recorded.', ''] : []),
    ...table(['step', 'subject', 'claim', 'holds', 'how', 'source', 'time'], rows),
  ];
}
