import type { Groups } from '../../domain/identity.ts';
import { ownQuorum, unreachable } from '../../domain/quorum.ts';
import { fieldsOf, type RolloutDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import type { Content } from '../source/content.ts';

/** Gates that are never through, though everybody approves whom they name. */
export function quorumProblems(rollout: Content, environment: Content, draft: RolloutDraft): readonly Problem[] {
  // Groups that are written wrongly are told of elsewhere.
  const groups: Groups = Object.fromEntries(
    Object.entries(fieldsOf(environment.data, 'spec', 'decisions', 'groups')).flatMap(([group, members]) =>
      Array.isArray(members) ? [[group, members.filter((one) => typeof one === 'string')]] : [],
    ),
  );
  return draft.phases
    .flatMap(({ steps }) => steps)
    .flatMap(({ path, step }) => {
      const why = unreachable(ownQuorum(step?.approval, [], groups) ?? []);
      return why === null ? [] : [rollout.at([...path, 'approval'], why)];
    });
}
