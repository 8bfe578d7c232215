import { didYouMean, listed } from '../../domain/suggest.ts';
import { fieldsOf, type RolloutDraft, type TargetReference } from '../draft.ts';
import type { Problem } from '../problem.ts';
import type { Content } from '../source/content.ts';

/** Whether each step, measure and check names a declared target of the right kind, and each target is bound in the environment. */
export function targetProblems(rollout: Content, environment: Content | null, draft: RolloutDraft): readonly Problem[] {
  const steps = draft.phases.flatMap((phase) => phase.steps);
  return [
    ...steps.flatMap((step) => step.targets.flatMap((use) => useProblems(rollout, draft, use))),
    ...draft.measures.flatMap(({ target }) => (target === null ? [] : useProblems(rollout, draft, target))),
    ...draft.checks.flatMap(({ targets }) => targets.flatMap((use) => useProblems(rollout, draft, use))),
    ...(environment ? bindingProblems(rollout, environment, draft) : []),
  ];
}

function useProblems(rollout: Content, draft: RolloutDraft, use: TargetReference): readonly Problem[] {
  const names = [...draft.targets.keys()];
  if (!draft.targets.has(use.target)) {
    const hint = didYouMean(use.target, names) || `; the rollout declares ${listed(names)}`;
    return [rollout.at(use.path, `unknown target "${use.target}"${hint}`)];
  }
  const kind = draft.targets.get(use.target);
  if (kind === undefined || accepts(use, kind)) return [];
  const suitable = names.filter((name) => accepts(use, draft.targets.get(name)));
  const wanted = `a target of kind ${use.kinds.join(' or ')}`;
  return [
    rollout.at(
      use.path,
      `${use.what} needs ${wanted}, and "${use.target}" is of kind ${kind}; suitable: ${listed(suitable)}`,
    ),
  ];
}

function accepts({ kinds }: TargetReference, kind: string | undefined): boolean {
  return kinds.some((one) => one === kind);
}

function bindingProblems(rollout: Content, environment: Content, draft: RolloutDraft): readonly Problem[] {
  const bindings = fieldsOf(environment.data, 'spec', 'targets');
  const unbound = [...draft.targets].flatMap(([name, kind]) => {
    if (!Object.hasOwn(bindings, name)) {
      const declared = rollout.place(['spec', 'targets', name]);
      return [
        environment.atKey(
          ['spec', 'targets'],
          `the target "${name}" (${kind ?? 'of some kind'}, ${declared}) is not bound`,
        ),
      ];
    }
    const bound = fieldsOf(bindings, name)['kind'];
    if (kind === undefined || typeof bound !== 'string' || bound === kind) return [];
    const message = `the target "${name}" is bound as ${bound}, and ${rollout.place(['spec', 'targets', name, 'kind'])} declares ${kind}`;
    return [environment.at(['spec', 'targets', name, 'kind'], message)];
  });
  const names = [...draft.targets.keys()];
  const unused = Object.keys(bindings).filter((name) => !draft.targets.has(name));
  return [
    ...unbound,
    ...unused.map((name) =>
      environment.atKey(
        ['spec', 'targets', name],
        `the rollout declares no target "${name}"${didYouMean(name, names)}`,
      ),
    ),
  ];
}
