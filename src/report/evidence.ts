import { compareTexts } from '../domain/compare.ts';
import { claimKey, wordsOf, type EvidenceHow } from '../domain/evidence.ts';
import { stepPath } from '../domain/names.ts';
import type { RecordEntry } from '../domain/record-entry.ts';
import { ofType } from '../domain/entries.ts';
import { stepOf } from './entries.ts';
import type { EvidenceReport, PhaseReport, Provenance } from './report.ts';
import { count } from './words.ts';

/** How many steps that were skipped are named. */
const SKIPPED_TOLD = 20;

/** Every claim once, as it was found last. */
export function evidenceOf(entries: readonly RecordEntry[]): readonly EvidenceReport[] {
  const latest = new Map<string, EvidenceReport>();
  for (const { scope, body } of ofType(entries, 'evidence')) {
    const step = stepOf(scope);
    for (const finding of body.findings) {
      const words = wordsOf(finding);
      // What a version before kinds has told of the same.
      if (finding.kind !== 'told') latest.delete(keyOf(step, { kind: 'told', about: words }));
      latest.set(keyOf(step, finding), { ...finding, ...words, step });
    }
  }
  return [...latest.values()];
}

function keyOf(step: string | null, finding: Parameters<typeof claimKey>[0]): string {
  return JSON.stringify([step, claimKey(finding)]);
}

/** How much of the evidence is what it seems to be, and of which steps there is none because nobody wanted them. */
export function provenanceOf(evidence: readonly EvidenceReport[], phases: readonly PhaseReport[]): Provenance {
  const of = (how: EvidenceHow): number => evidence.filter((finding) => finding.how === how).length;
  const counts = { real: of('real'), simulated: of('simulated'), 'stand-in': of('stand-in') };
  return {
    counts,
    broken: evidence.filter((finding) => !finding.holds).length,
    sentences: [...sentencesOf(evidence, counts), ...skippedSentence(phases)],
  };
}

function skippedSentence(phases: readonly PhaseReport[]): readonly string[] {
  const paths = phases.flatMap((phase) =>
    phase.steps.filter(({ state }) => state === 'skipped').map(({ name }) => stepPath(phase.name, name)),
  );
  if (paths.length === 0) return [];
  const more = paths.length - SKIPPED_TOLD;
  return [
    `${count(paths.length, 'step')} ${paths.length === 1 ? 'was' : 'were'} SKIPPED, as parameters say, so that nothing is shown of what ${paths.length === 1 ? 'it claims' : 'they claim'}: ${paths.slice(0, SKIPPED_TOLD).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}.`,
  ];
}

function sentencesOf(evidence: readonly EvidenceReport[], counts: Provenance['counts']): readonly string[] {
  if (evidence.length === 0) return ['No evidence was recorded: nothing in this report is proved.'];
  const { real, simulated } = counts;
  const standIns = evidence.filter((finding) => finding.how === 'stand-in');
  return [
    `${count(real, 'fact')} of ${evidence.length} ${real === 1 ? 'was' : 'were'} seen on real systems.`,
    ...(simulated === 0
      ? []
      : [
          `${count(simulated, 'fact')} ${simulated === 1 ? 'was' : 'were'} SIMULATED: the objects are real, but nothing ran behind them. They show that the rollout acted and waited rightly, not that the workloads work.`,
        ]),
    ...(standIns.length === 0
      ? []
      : [
          `${count(standIns.length, 'fact')} ${standIns.length === 1 ? 'rests' : 'rest'} on a STAND-IN, which takes the place of the real thing: ${[...new Set(standIns.map((finding) => finding.subject))].sort(compareTexts).join(', ')}.`,
        ]),
  ];
}
