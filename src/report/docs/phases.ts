import { countsLine } from '../../domain/change.ts';
import { formatDuration } from '../../domain/duration.ts';
import { stepPath } from '../../domain/names.ts';
import type { PhaseReport, Report } from '../report.ts';
import type { Documented } from './documented.ts';
import { code, heading, list, paragraph, table, type Block, type Page, type Text } from '../pages/page.ts';

/** How many findings of a phase are named; the report has them all. */
const FINDINGS = 200;

/** What the newest run did in each phase, and what it showed. */
export function phasePages({ bundle, report }: Documented): readonly Page[] {
  return bundle.phases.map(({ name, description, needs }) => {
    const phase = report.phases.find((one) => one.name === name);
    return {
      file: `phase-${name}`,
      title: `Phase ${name}`,
      blocks: [
        ...(description === undefined ? [] : [paragraph(description)]),
        ...(needs.length === 0
          ? []
          : [paragraph('Comes after ', ...needs.flatMap((one, at) => [at === 0 ? '' : ', ', link(one)]), '.')]),
        ...(phase === undefined ? [paragraph('The newest run has not come to it.')] : phaseBlocks(phase, report)),
      ],
    };
  });
}

function link(phase: string) {
  return { page: `phase-${phase}`, text: phase };
}

function phaseBlocks({ name, state, steps }: PhaseReport, report: Report): readonly Block[] {
  const isOf = (step: string | null) => step !== null && step.startsWith(`${name}/`);
  const decisions = report.decisions.filter(({ gate }) => isOf(gate));
  const failures = report.failures.filter(({ step }) => isOf(step));
  const evidence = report.evidence.filter(({ step }) => isOf(step));
  return [
    paragraph('In run ', { code: report.run }, ` it is ${state}.`),
    heading('Steps'),
    table(
      ['step', 'kind', 'state', 'changed', 'acted for'],
      steps.map(({ name: step, kind, state: of, changed }) => [
        code(step),
        kind === null ? '' : code(kind),
        of,
        changed === null ? 'nothing' : countsLine(changed.counts),
        changed === null ? '' : formatDuration(changed.durationMs),
      ]),
    ),
    ...steps.flatMap(({ name: step, changed }) =>
      changed === null || changed.lines.length === 0
        ? []
        : [
            heading(`Changes of ${stepPath(name, step)}`, 3),
            list([...changed.lines.map(code), ...(changed.more > 0 ? [`and ${String(changed.more)} more`] : [])], ''),
          ],
    ),
    ...(decisions.length === 0
      ? []
      : [
          heading('Decisions'),
          table(
            ['time', 'gate', 'decision', 'comment'],
            decisions.map(({ time, gate, verdict, by, comment, denial, waives }): readonly Text[] => [
              time,
              code(gate),
              `${verdict} by ${by}${denial === null ? '' : `, which did not stand: ${denial}`}${waives === null ? '' : `; waives ${waives}`}`,
              comment,
            ]),
          ),
        ]),
    ...(failures.length === 0
      ? []
      : [
          heading('Failures'),
          list(
            failures.map(({ time, step, failure }) => [
              `${time} `,
              { code: step ?? '' },
              ` ${failure.type}: ${failure.message} `,
              { page: 'troubleshooting', text: 'what to do' },
            ]),
            '',
          ),
        ]),
    heading('What was found'),
    ...(evidence.length === 0 ? [paragraph('Nothing is on record.')] : []),
    table(
      ['step', 'what', 'claim', 'holds', 'how', 'source'],
      evidence
        .slice(0, FINDINGS)
        .map(({ step, subject, claim, holds, how, source }): readonly Text[] => [
          code(step ?? ''),
          subject,
          claim,
          holds ? 'yes' : [{ strong: 'NO' }],
          how,
          source,
        ]),
    ),
    ...(evidence.length > FINDINGS
      ? [paragraph(`And ${String(evidence.length - FINDINGS)} more, which the report has.`)]
      : []),
  ];
}
