import { stepPath } from '../../domain/names.ts';
import type { StepKindTable } from '../../domain/kinds/descriptor.ts';
import { fieldsOf, type RolloutDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import type { Content } from '../source/content.ts';
import { didYouMean, listed } from '../../domain/suggest.ts';

/** Whether what the interlock asks for can ever be proven: by steps that drill backups. */
export function interlockProblems(rollout: Content, draft: RolloutDraft, kinds: StepKindTable): readonly Problem[] {
  const path = ['spec', 'interlock'];
  if (fieldsOf(rollout.data, 'spec')['interlock'] === undefined) return [];
  const steps = draft.phases.flatMap((phase) => phase.steps.map((step) => ({ phase: phase.name, step })));
  const proving = Object.keys(kinds).filter((kind) => kinds[kind]?.proves === true);
  const asWords = `of kind ${proving.join(' or ')}`;
  const drills = steps
    .filter(({ step }) => step.descriptor?.proves === true)
    .map(({ phase, step }) => stepPath(phase, step.name));
  if (drills.length === 0)
    return [rollout.atKey(path, `nothing ever proves a backup here: the rollout has no step ${asWords}`)];
  const asked = fieldsOf(rollout.data, ...path)['drills'];
  return (Array.isArray(asked) ? asked : []).flatMap((name: unknown, index) => {
    if (typeof name !== 'string' || drills.includes(name)) return [];
    const hint = didYouMean(name, drills) || `; there are ${listed(drills)}`;
    return [rollout.at([...path, 'drills', index], `"${name}" is no step ${asWords}${hint}`)];
  });
}
