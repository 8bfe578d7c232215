import type { RenderedDocument } from '../../domain/rendering.ts';
import type { PhaseDraft, StepDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import { hookSteps, renderedDirectory, type Pieces } from './expand.ts';
import { renderedText } from './rendered-text.ts';
import type { RenderedStep } from './render-step.ts';

/** Names of steps are labels. */
const LONGEST_NAME = 63;

export interface LaidOut {
  readonly pieces: Pieces;
  /** Texts by path inside the bundle: one file for each template or source file. */
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/**
 * Gives what was rendered its places in the bundle: a directory for each step that applies some of it, in it a file for
 * each template, so that whatever is said of an object names the template.
 */
export function layOut(
  phase: PhaseDraft,
  step: StepDraft,
  rendered: RenderedStep,
  hasOwn: boolean,
  reference: Problem,
): LaidOut {
  const before = hookSteps(step.name, 'before', rendered.before.length);
  const after = hookSteps(step.name, 'after', rendered.after.length);
  const main = rendered.main.length > 0;
  const files = new Map<string, string>();
  const lay = (name: string, documents: readonly RenderedDocument[]): void => {
    for (const [source, group] of Map.groupBy(documents, (document) => document.source))
      files.set(
        `${renderedDirectory(phase.name, name)}/${fileName(source)}`,
        renderedText(group.map(({ value }) => value)),
      );
  };
  rendered.before.forEach(({ documents }, index) => {
    lay(before[index] ?? '', documents);
  });
  lay(step.name, rendered.main);
  rendered.after.forEach(({ documents }, index) => {
    lay(after[index] ?? '', documents);
  });

  const others = phase.steps.map(({ name }) => name);
  const problems = [...before, ...after].flatMap((name) => {
    if (name.length > LONGEST_NAME)
      return [
        {
          ...reference,
          message: `the step of its hooks would be called "${name}", which is longer than ${LONGEST_NAME}: give the step a shorter name`,
        },
      ];
    if (others.includes(name))
      return [{ ...reference, message: `the step of its hooks would be called "${name}", as another step is` }];
    return [];
  });
  if (!main && !hasOwn) problems.push({ ...reference, message: 'it renders to no object' });
  return { pieces: { before, main, after, keeping: rendered.keeping }, files, problems };
}

/** Manifests are told by their endings. */
function fileName(source: string): string {
  return /\.(ya?ml|json)$/.test(source) ? source : `${source}.yaml`;
}
