import { posix } from 'node:path';
import { askedIn, isManifestText } from '../../monitoring/read/sources.ts';
import type { StepDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import type { Content } from '../source/content.ts';
import { substitute, type Parameters } from '../source/substitute.ts';
import { YamlSource } from '../source/yaml-source.ts';

/** What a file holds that a step names for its dashboards and rules. */
export interface Watching {
  readonly path: string;
  readonly holds: 'boards or rules' | 'something else' | 'nothing readable';
}

/** Whether a text is objects of Kubernetes, rather than a board or rules as they are. */
export function holdsManifests(text: string): boolean {
  return isManifestText(text);
}

/** Reads and checks a board or rules that are no object of Kubernetes. The text is that after substitution. */
export function readWatching(
  path: string,
  text: string,
  parameters: Parameters,
): { readonly text: string; readonly problems: readonly Problem[] } {
  const source = new YamlSource(path, text);
  const syntax = source.problems();
  if (syntax.length > 0) return { text, problems: syntax };
  const filled = substitute(source, parameters);
  return { text: filled.text, problems: filled.problems };
}

/** What is in a file that reads. */
export function heldIn(path: string, text: string): Watching['holds'] {
  const { boards, rules } = askedIn(path, text);
  return boards.length + rules.length > 0 ? 'boards or rules' : 'something else';
}

/** A step that names files must find boards or rules in them: one that asks nothing would prove nothing. */
export function watchingProblems(rollout: Content, step: StepDraft, files: readonly Watching[]): readonly Problem[] {
  const references = step.files.filter(({ role }) => role === 'monitoring');
  return references.flatMap(({ target, path }) => {
    const at = posix.join(target, '.');
    const own = files.filter((file) => file.path === at || file.path.startsWith(`${at}/`));
    if (own.length === 0 || own.some(({ holds }) => holds !== 'something else')) return [];
    return [rollout.at(path, `there is no dashboard of Grafana and no rule in "${target}"`)];
  });
}
