import type { ParameterValue } from '../../domain/rollout.ts';
import { fieldsOf, type RolloutDraft, type StepDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import { namedSecrets } from '../secrets.ts';
import type { Content } from '../source/content.ts';
import type { Path } from '../source/yaml-source.ts';
import { didYouMean, listed } from '../../domain/suggest.ts';

/** Whether every `{ secret: NAME }` is one of the environment, and every secret of the environment is used. */
export function secretProblems(rollout: Content, environment: Content, draft: RolloutDraft): readonly Problem[] {
  const known = Object.keys(fieldsOf(environment.data, 'spec', 'secrets'));
  const steps = draft.phases.flatMap((phase) => phase.steps);
  const uses = [
    ...steps.flatMap((step) =>
      namedSecrets(step.step?.with ?? {})
        .filter(({ path }) => !isOwnWords(step, path))
        .map(({ name, path }) => ({ name, path: [...step.path, 'with', ...path, 'secret'] })),
    ),
    ...draft.measures.flatMap((measure) =>
      namedSecrets(measure.with).map(({ name, path }) => ({
        name,
        path: [...measure.path, 'with', ...path, 'secret'],
      })),
    ),
  ];
  const asked = draft.checks.flatMap(({ path, evidence }) =>
    namedSecrets(evidence['with'] ?? {}, [...path, 'evidence', 'with']).map((use) => ({
      name: use.name,
      path: [...use.path, 'secret'],
    })),
  );
  const missing = [...uses, ...asked].filter(({ name }) => !known.includes(name));
  // A step that cannot be read may be the one that uses it.
  const unused = steps.every((step) => step.step !== null)
    ? known.filter((name) => [...uses, ...asked].every((use) => use.name !== name))
    : [];
  return [
    ...missing.map(({ name, path }) => {
      const hint = didYouMean(name, known) || `; it has ${listed(known)}`;
      return rollout.at(path, `${environment.source.file} has no secret "${name}"${hint}`);
    }),
    ...unused.map((name) => environment.atKey(['spec', 'secrets', name], `nothing uses the secret "${name}"`)),
  ];
}

/** Whether a place of `with` is in people's own words, such as the values of a chart: there `secret` means nothing. */
function isOwnWords({ descriptor }: StepDraft, path: Path): boolean {
  return descriptor?.verbatim?.some((field) => `${path.join('.')}.`.startsWith(`${field}.`)) === true;
}

/** Whether each `when` asks for a parameter that exists and can have that value. */
export function whenProblems(
  rollout: Content,
  draft: RolloutDraft,
  parameters: Readonly<Record<string, ParameterValue>>,
): readonly Problem[] {
  const declared = Object.keys(fieldsOf(rollout.data, 'spec', 'parameters'));
  const steps = draft.phases.flatMap((phase) => phase.steps);
  const conditions = [...steps, ...draft.checks].flatMap((one) => one.conditions);
  return conditions.flatMap(({ path, fields: { parameter: name, equals } }) => {
    if (typeof name !== 'string') return [];
    if (!declared.includes(name)) {
      const hint = didYouMean(name, declared) || `; the rollout declares ${listed(declared)}`;
      return [rollout.at([...path, 'parameter'], `unknown parameter "${name}"${hint}`)];
    }
    const value = parameters[name];
    if (value === undefined || equals === undefined || typeof value === typeof equals) return [];
    const message = `the parameter "${name}" is a ${typeof value}, which never equals a ${typeof equals}`;
    return [rollout.at([...path, 'equals'], message)];
  });
}
