import { isGroup, type Groups } from '../../domain/identity.ts';
import { stepPath } from '../../domain/names.ts';
import { NAMES, type Naming } from '../../domain/readiness/evidence-file.ts';
import { didYouMean, listed } from '../../domain/suggest.ts';
import { fieldsOf, type RolloutDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import type { Content } from '../source/content.ts';
import type { Path } from '../source/yaml-source.ts';

/** Whether what checks of the readiness name is there, manual ones are signed, and each exemption is of a check, and granted by somebody. */
export function readinessProblems(
  rollout: Content,
  environment: Content | null,
  draft: RolloutDraft,
): readonly Problem[] {
  return [
    ...draft.checks.flatMap(({ path, evidence }) => {
      const from = evidence['from'];
      const naming = typeof from === 'string' && Object.hasOwn(NAMES, from) ? NAMES[from as keyof typeof NAMES] : null;
      return naming === null ? [] : namingProblems(rollout, draft, [...path, 'evidence'], evidence, naming);
    }),
    ...demandProblems(rollout, draft),
    ...(environment === null
      ? []
      : [...unsignedProblems(rollout, environment, draft), ...exemptionProblems(environment, draft)]),
  ];
}

const WORDS: Readonly<Record<Naming['of'], string>> = {
  'verified steps': 'no step that verifies anything',
  drills: 'no step that proves backups',
  measures: 'no measure',
};

function namingProblems(
  rollout: Content,
  draft: RolloutDraft,
  path: Path,
  evidence: Readonly<Record<string, unknown>>,
  { field, of }: Naming,
): readonly Problem[] {
  const named = evidence[field];
  const known = namesOf(draft, of);
  if (typeof named !== 'string' || known.includes(named)) return [];
  const hint = didYouMean(named, known) || `; there are ${listed(known)}`;
  return [rollout.at([...path, field], `"${named}" is ${WORDS[of]} of this rollout${hint}`)];
}

function namesOf(draft: RolloutDraft, of: Naming['of']): readonly string[] {
  if (of === 'measures') return draft.measures.map(({ name }) => name);
  return draft.phases.flatMap((phase) =>
    phase.steps
      // Of a step whose kind is misspelt nobody knows what it does.
      .filter(({ descriptor }) => (of === 'drills' ? descriptor?.proves : descriptor?.gateOnly === false) ?? true)
      .map((step) => stepPath(phase.name, step.name)),
  );
}

/** A gate can demand a readiness only where somebody says what that is. */
function demandProblems(rollout: Content, draft: RolloutDraft): readonly Problem[] {
  if (fieldsOf(rollout.data, 'spec')['readiness'] !== undefined) return [];
  return draft.phases
    .flatMap(({ steps }) => steps)
    .flatMap(({ path, step }) =>
      step?.approval?.readiness === undefined
        ? []
        : [
            rollout.at(
              [...path, 'approval', 'readiness'],
              'nothing says here what makes the platform ready: write spec.readiness',
            ),
          ],
    );
}

/** Where signatures are required, nobody's word counts without one. */
function unsignedProblems(rollout: Content, environment: Content, draft: RolloutDraft): readonly Problem[] {
  if (fieldsOf(environment.data, 'spec', 'decisions')['signatures'] === 'optional') return [];
  return draft.checks.flatMap(({ path, evidence }) =>
    evidence['from'] !== 'manual' || evidence['signed'] !== false
      ? []
      : [
          rollout.at(
            [...path, 'evidence', 'signed'],
            `a manual check must be signed here, since ${environment.source.file} requires signatures`,
          ),
        ],
  );
}

function exemptionProblems(environment: Content, draft: RolloutDraft): readonly Problem[] {
  const given = fieldsOf(environment.data, 'spec')['exemptions'];
  const groups = fieldsOf(environment.data, 'spec', 'decisions', 'groups') as Groups;
  const known = draft.checks.map(({ name }) => name);
  return (Array.isArray(given) ? (given as readonly unknown[]) : []).flatMap((exemption, index) => {
    const path = ['spec', 'exemptions', index];
    const { check, requestedBy, approvedBy } = fieldsOf(exemption);
    const unknown =
      typeof check !== 'string' || known.includes(check)
        ? []
        : [
            environment.at(
              [...path, 'check'],
              `the rollout has no check "${check}"${didYouMean(check, known) || `; there are ${listed(known)}`}`,
            ),
          ];
    const named = Object.entries({ requestedBy, approvedBy }).flatMap(([field, by]) =>
      typeof by === 'string' && isGroup(groups, by)
        ? [environment.at([...path, field], `"${by}" is a group here, and nobody who could ask or grant`)]
        : [],
    );
    return [...unknown, ...named];
  });
}
