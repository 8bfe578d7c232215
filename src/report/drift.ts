import type { ChangedField } from '../domain/change.ts';
import { hasDrifted, type StepDrift } from '../domain/drift.ts';
import { stepPath } from '../domain/names.ts';
import { code, plain, table } from '../domain/markdown-text.ts';

/** What a look for drift found, a row for each thing; nothing in reports of other runs. */
export function driftSection(steps: readonly StepDrift[] | undefined): readonly string[] {
  if (steps === undefined) return [];
  const told = steps.filter((step) => hasDrifted(step) || step.failure !== null);
  if (told.length === 0)
    return [
      '## Drift',
      '',
      `Nothing has drifted: ${steps.length === 1 ? '1 step is' : `${steps.length} steps are`} as declared.`,
      '',
    ];
  return ['## Drift', '', ...table(['step', 'what', 'is otherwise', 'set by'], told.flatMap(rowsOf))];
}

function rowsOf({ phase, step, drifted, broken, failure }: StepDrift): readonly (readonly string[])[] {
  const at = code(stepPath(phase, step));
  return [
    ...drifted.map(({ action, what, fields = [], detail = [] }) => [
      at,
      plain(`${action} ${what}`),
      plain([...fields.map(({ field, before, after }) => `${field}: ${before} -> ${after}`), ...detail].join('; ')),
      plain(managersOf(fields)),
    ]),
    ...broken.map(({ subject, claim }) => [at, plain(subject), plain(`does not hold: ${claim}`), '']),
    ...(failure === null ? [] : [[at, '', plain(`cannot be told: ${failure.message}`), '']]),
  ];
}

function managersOf(fields: readonly ChangedField[]): string {
  const said = fields.flatMap(({ by }) =>
    by.map(({ manager, since }) => `${manager}${since === null ? '' : `, last at ${since}`}`),
  );
  return [...new Set(said)].join('; ');
}
