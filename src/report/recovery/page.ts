import { formatDuration } from '../../domain/duration.ts';
import type { RecoveryStep, Runbook, TargetRunbook } from './runbook.ts';
import { code, commands, heading, paragraph, spans, table, type Block, type Page, type Text } from '../pages/page.ts';

/** The runbook as a page: what is proven first, then the procedure, in order. */
export function recoveryPage(runbook: Runbook): Page {
  const { rollout, environment, madeAt, bundle, targets, verification } = runbook;
  const last = String(targets.length + 1);
  return {
    file: 'recovery',
    title: `Recovery of ${rollout} in ${environment}`,
    blocks: [
      paragraph(
        `Made at ${madeAt} from bundle `,
        { code: bundle.slice(0, 12) },
        ' and the record. Ages count up to then: make it again before use.',
      ),
      heading('What is proven'),
      sentences(runbook.proven, 'Nothing. No drill has ever shown that any of this can be restored.'),
      heading('What was never proven'),
      sentences(runbook.unproven, 'Nothing that this rollout knows of.'),
      ...needs(runbook),
      ...targets.flatMap((target, at) => targetBlocks(target, at + 1)),
      heading(`${last}. Verification`),
      ...verification.flatMap((step, at) => stepBlocks(step, `${last}.${String(at + 1)}`)),
      ...history(runbook),
    ],
  };
}

function needs({ needs: all }: Runbook): readonly Block[] {
  return [
    heading('What must be at hand'),
    sentences(
      [
        'The directory of the rollout, and `windlass` with the settings of its worker (docs/operations.md): Temporal, and `WINDLASS_STORE` with the record.',
        'A worker: `windlass worker`, if that of the platform is lost too. Without any of it, take the commands "without Windlass".',
        'What these references stand for. Values are nowhere in this page:',
      ],
      '',
    ),
    table(
      ['what', 'where'],
      all.map(({ what, where }) => [what, where]),
    ),
  ];
}

function targetBlocks({ name, kind, holds, steps }: TargetRunbook, at: number): readonly Block[] {
  return [
    heading(`${String(at)}. ${name} (${kind})`),
    paragraph('What is on it:'),
    sentences(holds, 'Nothing that the rollout made.'),
    ...steps.flatMap((step, index) => stepBlocks(step, `${String(at)}.${String(index + 1)}`)),
  ];
}

function stepBlocks({ title, notes, commands: lines, byHand }: RecoveryStep, number: string): readonly Block[] {
  return [
    heading(`${number} ${title}`, 3),
    ...(notes.length === 0 ? [] : [sentences(notes, '')]),
    ...(lines.length === 0 ? [] : [commands(...lines)]),
    ...(byHand.length === 0 ? [] : [paragraph('Without Windlass:'), commands(...byHand)]),
  ];
}

/** Text of our own with names of others in it: code spans stay. */
function sentences(lines: readonly string[], none: string): Block {
  return { block: 'list', items: (lines.length === 0 ? [none] : lines).map(spans) };
}

function history({ drills, restores }: Runbook): readonly Block[] {
  const seconds = (value: number | null): string => (value === null ? 'not recorded' : formatDuration(value * 1_000));
  const rows: readonly (readonly Text[])[] = [
    ...drills.map((one) => [
      one.at,
      one.drill,
      code(one.backup),
      one.proven ? 'proven' : ([{ strong: 'REFUTED' }, `: ${one.faults[0] ?? 'why is not recorded'}`] as const),
      seconds(one.restoreSeconds),
    ]),
    ...restores.map((one) => [
      one.at,
      one.restore,
      code(one.backup),
      one.holds ? 'restored' : ([{ strong: 'WITH ERRORS' }] as const),
      seconds(one.seconds),
    ]),
  ];
  return [
    heading('Drills and restores on record'),
    ...(rows.length === 0 ? [paragraph('None.')] : []),
    table(['time', 'what', 'backup', 'verdict', 'took'], rows),
  ];
}
