import { compareTexts } from '../../domain/compare.ts';
import type { DeclaredAlert } from '../../domain/declared.ts';
import type { Documented } from './documented.ts';
import { heading, list, paragraph, type Block, type Page, type Text } from '../pages/page.ts';

/** What each alert means and what to do, as its rule says. */
export function alertsPage({ alerts }: Documented): Page {
  const sorted = alerts.toSorted((a, b) => compareTexts(a.name, b.name));
  return {
    file: 'alerts',
    title: 'Alerts',
    blocks: [
      ...(alerts.length === 0 ? [paragraph('No step has a server evaluate an alert.')] : []),
      ...sorted.flatMap(alertBlocks),
    ],
  };
}

function alertBlocks({ name, group, expr, labels, annotations, file }: DeclaredAlert): readonly Block[] {
  const { summary, description, runbook_url: runbook, ...others } = annotations;
  const facts: readonly Text[] = [
    ...Object.entries(labels).map(([key, value]): Text => [`${key}: `, { strong: value }]),
    ...Object.entries(others).map(([key, value]): Text => `${key}: ${value}`),
    ['asks ', { code: expr.trim() }],
    ['written in ', { code: file }, `, group ${group}`],
  ];
  return [
    heading(name),
    ...(summary === undefined ? [] : [paragraph({ strong: summary })]),
    ...(description === undefined ? [] : [paragraph(description)]),
    runbook === undefined ? paragraph('Its rule names no runbook.') : paragraph('Runbook: ', { address: runbook }),
    list(facts, ''),
  ];
}
