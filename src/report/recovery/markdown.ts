import { formatDuration } from '../../domain/duration.ts';
import { code, fenced, plain, table } from '../../domain/markdown-text.ts';
import type { RecoveryStep, Runbook, TargetRunbook } from './runbook.ts';

/** The runbook as Markdown: what is proven first, then the procedure, in order. */
export function renderRunbook(runbook: Runbook): string {
  const { rollout, environment, madeAt, bundle, targets, verification } = runbook;
  return [
    `# Recovery of ${plain(rollout)} in ${plain(environment)}`,
    '',
    `Made at ${madeAt} from bundle ${code(bundle.slice(0, 12))} and the record. Ages count up to then: make it again before use.`,
    '',
    '## What is proven',
    '',
    ...bullets(runbook.proven, 'Nothing. No drill has ever shown that any of this can be restored.'),
    '## What was never proven',
    '',
    ...bullets(runbook.unproven, 'Nothing that this rollout knows of.'),
    ...needs(runbook),
    ...targets.flatMap((target, at) => targetSection(target, at + 1)),
    `## ${String(targets.length + 1)}. Verification`,
    '',
    ...verification.flatMap((step, at) => stepSection(step, `${String(targets.length + 1)}.${String(at + 1)}`)),
    ...history(runbook),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

function needs({ needs: all }: Runbook): readonly string[] {
  return [
    '## What must be at hand',
    '',
    '- The directory of the rollout, and `windlass` with the settings of its worker (docs/operations.md): Temporal, and `WINDLASS_STORE` with the record.',
    '- A worker: `windlass worker`, if that of the platform is lost too. Without any of it, take the commands "without Windlass".',
    '- What these references stand for. Values are nowhere in this page:',
    '',
    ...table(
      ['what', 'where'],
      all.map(({ what, where }) => [plain(what), plain(where)]),
    ),
  ];
}

function targetSection({ name, kind, holds, steps }: TargetRunbook, at: number): readonly string[] {
  return [
    `## ${String(at)}. ${plain(name)} (${kind})`,
    '',
    'What is on it:',
    '',
    ...bullets(holds, 'Nothing that the rollout made.'),
    ...steps.flatMap((step, index) => stepSection(step, `${String(at)}.${String(index + 1)}`)),
  ];
}

function stepSection({ title, notes, commands, byHand }: RecoveryStep, number: string): readonly string[] {
  return [
    `### ${number} ${plain(title)}`,
    '',
    ...(notes.length === 0 ? [] : bullets(notes, '')),
    ...shell(commands),
    ...(byHand.length === 0 ? [] : ['Without Windlass:', '', ...shell(byHand)]),
  ];
}

/** Text of our own with names of others in it: code spans stay. */
function bullets(lines: readonly string[], none: string): readonly string[] {
  return [...(lines.length === 0 ? [none] : lines).map((line) => `- ${spans(line)}`), ''];
}

function spans(text: string): string {
  return text
    .split('`')
    .map((part, at) => (at % 2 === 1 ? code(part) : plain(part)))
    .join('');
}

function shell(commands: readonly string[]): readonly string[] {
  if (commands.length === 0) return [];
  return ['```sh', ...fenced(commands), '```', ''];
}

function history({ drills, restores }: Runbook): readonly string[] {
  const seconds = (value: number | null): string => (value === null ? 'not recorded' : formatDuration(value * 1_000));
  return [
    '## Drills and restores on record',
    '',
    ...(drills.length + restores.length === 0 ? ['None.', ''] : []),
    ...table(
      ['time', 'what', 'backup', 'verdict', 'took'],
      [
        ...drills.map((one) => [
          one.at,
          plain(one.drill),
          code(one.backup),
          one.proven ? 'proven' : `**REFUTED**: ${plain(one.faults[0] ?? 'why is not recorded')}`,
          seconds(one.restoreSeconds),
        ]),
        ...restores.map((one) => [
          one.at,
          plain(one.restore),
          code(one.backup),
          one.holds ? 'restored' : '**WITH ERRORS**',
          seconds(one.seconds),
        ]),
      ],
    ),
  ];
}
