import { commandLine } from '../../domain/command-line.ts';
import { compareTexts } from '../../domain/compare.ts';
import { damageLines } from '../../domain/damage.ts';
import { ofType, type EntryOf } from '../../domain/entries.ts';
import { FAILURES } from '../../domain/failure.ts';
import type { Documented } from './documented.ts';
import {
  code,
  commands,
  heading,
  list,
  paragraph,
  spans,
  table,
  type Block,
  type Page,
  type Text,
} from '../pages/page.ts';

/** How many failures of a type are named, the newest first. */
const NEWEST = 20;

/** What has stopped steps, by the type of failure, with what to do and whether it was mended. */
export function troubleshootingPage({ report, failures: { entries, damaged } }: Documented): Page {
  const parked = ofType(entries, 'parked');
  const types = [...new Set(parked.map(({ body }) => body.failure.type))].sort(compareTexts);
  const { rollout, environment } = report;
  return {
    file: 'troubleshooting',
    title: 'Troubleshooting',
    blocks: [
      paragraph(
        'What has stopped steps of this rollout so far, by the type of failure. These tell how it stands, and go on:',
      ),
      commands(commandLine('status', report), commandLine('retry', { rollout, environment }, 'PHASE/STEP')),
      ...(damaged.length === 0 ? [] : [list(damageLines(damaged), '')]),
      ...(types.length === 0 ? [paragraph('Nothing has stopped a step for good.')] : []),
      ...types.flatMap((type) =>
        typeBlocks(
          type,
          parked.filter(({ body }) => body.failure.type === type),
          ofType(entries, 'evidence'),
        ),
      ),
    ],
  };
}

function typeBlocks(
  type: EntryOf<'parked'>['body']['failure']['type'],
  of: readonly EntryOf<'parked'>[],
  evidence: readonly EntryOf<'evidence'>[],
): readonly Block[] {
  const newest = of.toSorted((a, b) => compareTexts(b.time, a.time));
  const retried = Object.hasOwn(FAILURES, type) && FAILURES[type].retryable;
  return [
    heading(`${type} (${String(of.length)})`),
    paragraph(
      retried
        ? 'May pass: it is retried by itself, and has stopped a step when that did not help.'
        : 'Does not pass by itself: what is wrong is mended first, then the step is retried.',
    ),
    heading('What to do', 3),
    list([...new Set(newest.map(({ body }) => body.failure.next))].slice(0, NEWEST).map(spans), ''),
    table(
      ['time', 'step', 'what', 'why', 'since then'],
      newest
        .slice(0, NEWEST)
        .map(({ time, scope, body: { failure } }): readonly Text[] => [
          time,
          code(`${scope.phase ?? ''}/${scope.step ?? ''}`),
          failure.object ?? '',
          failure.message,
          mendedAt(scope, time, evidence) ?? [{ strong: 'not verified' }],
        ]),
    ),
    ...(of.length > NEWEST ? [paragraph(`And ${String(of.length - NEWEST)} older ones.`)] : []),
  ];
}

function mendedAt(
  { phase, step }: EntryOf<'parked'>['scope'],
  after: string,
  evidence: readonly EntryOf<'evidence'>[],
): string | null {
  const verified = evidence.find(
    ({ scope, time, body }) =>
      scope.phase === phase &&
      scope.step === step &&
      body.act === 'verify' &&
      compareTexts(time, after) > 0 &&
      body.findings.every(({ holds }) => holds),
  );
  return verified === undefined ? null : `verified at ${verified.time}`;
}
