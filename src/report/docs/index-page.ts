import { scoreText } from '../../domain/readiness/words.ts';
import { measuredText } from '../../domain/measured.ts';
import type { Documented } from './documented.ts';
import { heading, list, paragraph, table, type Block, type Page } from '../pages/page.ts';

/** Where everything begins: how the platform stands, what is left, and the other pages. */
export function indexPage({ bundle, report }: Documented, others: readonly Page[]): Page {
  const { rollout, environment, run, left, measures = [], readiness, provenance, endedAt } = report;
  return {
    file: 'index',
    title: `${rollout} in ${environment}`,
    blocks: [
      paragraph({ strong: report.verdict }),
      paragraph(
        'Made from the bundle ',
        { code: (report.bundle ?? 'unknown').slice(0, 12) },
        ' and the record up to run ',
        { code: run },
        `${endedAt === null ? '' : `, ${endedAt}`}. Make it anew after each run: `,
        { code: `windlass docs ${rollout} --environment ${environment} --output DIRECTORY` },
      ),
      { block: 'list', items: provenance.sentences },
      heading('Pages'),
      { block: 'list', items: others.map(({ file, title }) => [{ page: file, text: title }]) },
      ...(readiness === undefined
        ? []
        : [
            heading('Readiness'),
            paragraph(`${scoreText(readiness)}. By what is real alone: ${scoreText(readiness.real)}.`),
            table(
              ['area', 'score', 'real alone', 'open checks'],
              readiness.areas.map((area) => [
                area.title,
                scoreText(area),
                scoreText(area.real),
                area.checks
                  .filter(({ result }) => result !== 'pass' && result !== 'not applicable')
                  .map(({ title, result }) => `${title} (${result})`)
                  .join('; '),
              ]),
            ),
          ]),
      ...measured(measures),
      heading('What is left'),
      list(
        left.map(({ what, why, next, commands }) => [
          { strong: what },
          ` ${why}${why.endsWith('.') ? '' : '.'}`,
          ...(next === null ? [] : [` ${next}`]),
          ...commands.flatMap((one) => [' ', { code: one }]),
        ]),
        'Nothing that the record knows of.',
      ),
      ...(bundle.interlock === undefined
        ? []
        : [
            heading('What protects the data'),
            paragraph(
              `Data is destroyed only while a restore has proven a backup that is younger than ${bundle.interlock.provenWithin}, or by somebody who waives that and says why.`,
            ),
          ]),
    ],
  };
}

function measured(measures: NonNullable<Documented['report']['measures']>): readonly Block[] {
  if (measures.length === 0) return [];
  const text = (of: (typeof measures)[number]['before'], unit: string | undefined) =>
    of === null ? 'not read' : measuredText(of, unit);
  return [
    heading('Before and after'),
    table(
      ['measure', 'before', 'after'],
      measures.map(({ title, unit, before, after }) => [title, text(before, unit), text(after, unit)]),
    ),
  ];
}
