import type { LoadedRollout } from '../../bundle/load.ts';
import { changeLine, countChanges, countsLine } from '../../domain/change.ts';
import { short } from '../../domain/gate.ts';
import { code, fenced, plain, table } from '../../domain/markdown-text.ts';
import { stepPath } from '../../domain/names.ts';
import type { StepPlan } from '../../steps/plan.ts';
import { dangersOf, dangerWords, isIdle, planSummaryLine } from './plan.ts';

/** The longest comment that the usual hosts of repositories take is 65,536 characters; the rest is for the table and its words. */
const MOST_CHARACTERS = 50_000;

/**
 * A plan as Markdown, for a pull request: what it comes to, a table of the steps that would change something, and each one's
 * changes folded away. Texts that others wrote are escaped. What would make it too long for a comment is left out, and said.
 */
export function planMarkdown({ bundle, digest }: LoadedRollout, steps: readonly StepPlan[]): string {
  const shown = steps.filter((step) => !isIdle(step));
  const idle = steps.length - shown.length;
  return [
    `### ${plain(bundle.rollout)} to ${plain(bundle.environment)}`,
    '',
    `**${plain(planSummaryLine(steps))}** (bundle ${code(short(digest))})`,
    '',
    ...table(['step', 'kind', 'would'], shown.map(row)),
    ...(idle === 0 ? [] : [`${String(idle)} of ${String(steps.length)} steps have nothing to change.`, '']),
    ...within(shown.map(details)),
  ]
    .join('\n')
    .replace(/\n*$/, '\n');
}

function row({ phase, step, kind, changes, failure }: StepPlan): readonly string[] {
  return [
    code(stepPath(phase, step)),
    code(kind),
    failure === null ? todo({ kind, changes }) : '**cannot be planned**',
  ];
}

function todo({ kind, changes }: Pick<StepPlan, 'kind' | 'changes'>): string {
  if (kind === 'approval') return 'wait for an approval';
  const dangers = dangerWords(dangersOf(changes)).map((words) => `**${words}**`);
  return [countsLine(countChanges(changes)), ...dangers].join('; ');
}

function details({ phase, step, changes, undo, failure }: StepPlan): readonly string[] {
  const lines =
    failure === null
      ? changes
          .filter(({ action }) => action !== 'unchanged')
          .flatMap((change) => [changeLine(change), ...(change.detail ?? []).map((line) => `    ${line}`)])
      : [failure.message, `Next: ${failure.next}`];
  if (lines.length === 0) return [];
  return [
    `<details><summary>${plain(stepPath(phase, step))}</summary>`,
    '',
    '```text',
    ...fenced(lines),
    ...(failure !== null || undo === '' ? [] : fenced([`Undo: ${undo}`])),
    '```',
    '',
    '</details>',
    '',
  ];
}

/** As many of them as fit, whole. */
function within(blocks: readonly (readonly string[])[]): readonly string[] {
  const kept: string[] = [];
  let left = MOST_CHARACTERS;
  for (const [at, block] of blocks.entries()) {
    left -= block.join('\n').length;
    if (left < 0)
      return [...kept, `The changes of ${String(blocks.length - at)} more steps are too long for a comment.`, ''];
    kept.push(...block);
  }
  return kept;
}
