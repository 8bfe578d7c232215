import { compareTexts } from '../../compare.ts';
import { ofType } from '../../entries.ts';
import { wordsOf, type RecordedFinding } from '../../evidence.ts';
import { weakest } from '../how.ts';
import type { EvidenceOf } from '../evidence-file.ts';
import { isAbout, seenBy, type EvidenceSource } from './source.ts';

/** A step's own verification, each time that it was verified; a step that was parked has failed. */
export const STEP: EvidenceSource<EvidenceOf<'step'>> = {
  reads: ['evidence', 'parked', 'looks'],
  label: ({ step }) => `step ${step}`,
  observe: ({ step }, entries) => [
    ...ofType(entries, 'evidence').flatMap((entry) => {
      const { findings, act } = entry.body;
      const [first] = findings;
      if (act !== 'verify' || first === undefined || !isAbout(entry, step)) return [];
      const broken = findings.find(({ holds }) => !holds);
      const said = broken ?? first;
      return [
        {
          outcome: broken === undefined ? ('holds' as const) : ('fails' as const),
          why: broken === undefined ? heldWords(findings) : `${sentence(broken)} does not hold`,
          how: weakest(findings.map(({ how }) => how)),
          source: said.source,
          // What a verification saw first is as old as the whole of it.
          time: findings.map(({ time }) => time).toSorted(compareTexts)[0] ?? entry.time,
          ...seenBy(entry),
        },
      ];
    }),
    ...ofType(entries, 'parked').flatMap((entry) => {
      const { object, message } = entry.body.failure;
      if (!isAbout(entry, step)) return [];
      const source = object ?? step;
      const why = `the step was parked: ${message}`;
      return [{ outcome: 'fails' as const, why, how: 'real' as const, source, time: entry.time, ...seenBy(entry) }];
    }),
    ...ofType(entries, 'looks').flatMap((entry) =>
      entry.body.steps
        .filter((look) => look.step === step)
        .map(({ outcome, why, time }) => ({
          outcome,
          why,
          how: 'real' as const,
          source: step,
          time,
          ...seenBy(entry),
        })),
    ),
  ],
  lacking: ({ step }) => `no run with this bundle has verified ${step}`,
  renew: () => ({ verb: 'readiness --live' }),
};

function heldWords(findings: readonly RecordedFinding[]): string {
  const [first] = findings;
  if (first === undefined) return '';
  return findings.length === 1 ? sentence(first) : `${sentence(first)}, and ${String(findings.length - 1)} more`;
}

function sentence(finding: RecordedFinding): string {
  const { subject, claim } = wordsOf(finding);
  return `${subject}: ${claim}`;
}
