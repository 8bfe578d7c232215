import type { FailureSummary } from '../../domain/failure.ts';
import { problemLine, type Problem } from '../../bundle/problem.ts';
import { isList } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';

/** A failure for people, line by line: what and where, every fact on its own line, and what to do next. */
export function failureLines(failure: FailureSummary): string[] {
  const where = failure.object === undefined ? '' : `${failure.object}: `;
  return [
    `error: ${where}${failure.message} (${failure.type})`,
    ...Object.entries(failure.facts ?? {}).flatMap(([name, value]) => factLines(name, value)),
    `next:  ${failure.next}`,
  ];
}

function factLines(name: string, value: Json): string[] {
  if (!isList(value)) return [`  ${name}: ${factText(value)}`];
  return value.length === 0 ? [] : [`  ${name}:`, ...value.map((item) => `    ${factText(item)}`)];
}

/** Problems of a rollout as editors can jump from them, text as it is, anything else as JSON. */
function factText(value: Json): string {
  if (isProblem(value)) return problemLine(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isProblem(value: Json): value is Json & Problem {
  return typeof value === 'object' && value !== null && 'file' in value && 'line' in value && 'message' in value;
}
